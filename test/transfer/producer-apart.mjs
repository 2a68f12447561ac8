// A producer in a process of its own: node producer-apart.mjs '{"mode":"file","options":{…}}'. It answers each line of
// JSON on its input with one on its output. `http` serves on a port of its own.
import { createHash, randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const { FileSender, HttpSender, InlineSender } = createRequire(import.meta.url)('../../dist/transfer/index.js');
const { mode, options } = JSON.parse(process.argv[2]);

/** Bits that arithmetic would not keep: quiet and signalling NaN with payloads, a subnormal, minus zero. */
const oddBits = { 4: [0x7fc0_0001, 0x7fa0_0001, 0xffff_ffff, 1, 0x8000_0000], 2: [0x7e01, 0x7d01, 0xffff, 1, 0x8000] };

/** `place`: in a buffer of its own, in the middle of a larger one, or in memory that threads share. */
function tensorOf({ dtype, shape, place = 'own' }) {
  const count = shape.reduce((product, axis) => product * axis, 1);
  const TypedArray = dtype === 'float32' ? Float32Array : Uint16Array;
  const size = TypedArray.BYTES_PER_ELEMENT;
  const around = place === 'view' ? 12 : 0;
  const bytes = count * size + 2 * around;
  const buffer = place === 'shared' ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
  new Uint8Array(buffer).set(randomFillSync(new Uint8Array(bytes)));
  const bits = new (size === 4 ? Uint32Array : Uint16Array)(buffer, around, count);
  bits.set(oddBits[size].slice(0, count));
  return { data: new TypedArray(buffer, around, count), shape, dtype };
}

function sha256({ data }) {
  return createHash('sha256')
    .update(Buffer.from(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex');
}

async function senderOf() {
  if (mode === 'inline') return new InlineSender(options);
  if (mode === 'file') return new FileSender(options);
  const server = createServer((request, response) => {
    if (!sender.handle(request, response)) response.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sender = new HttpSender({ url: `http://127.0.0.1:${server.address().port}/v1/tensors`, ...options });
  return sender;
}

const sender = await senderOf();
const sent = [];
const verbs = {
  /** The hash is of the bytes before they are sent. */
  async send({ tensor, lease }) {
    const made = tensorOf(tensor);
    const hash = sha256(made);
    const transfer = await sender.send(made, { lease });
    sent.push(transfer);
    return { descriptor: transfer.descriptor, hash };
  },
  /** How the last transfer ended, and what the sender still holds. */
  async ended() {
    return { how: await sent.at(-1).completed, held: sender.held };
  },
  /** Sends until it is killed, and tells of each. */
  async flood({ tensor, lease }) {
    for (;;) console.log(JSON.stringify(await verbs.send({ tensor, lease })));
  },
};

console.log('{}');
for await (const line of createInterface({ input: process.stdin })) {
  const { verb, ...request } = JSON.parse(line);
  console.log(JSON.stringify(await verbs[verb](request)));
}
process.exit();
