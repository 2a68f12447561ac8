#!/usr/bin/env node
// NIXL side by side: one Python program reads the same bytes from NixlSender and from NIXL's own Python interface, in
// turn; TensorReceiver reads them from NixlSender; and what an open sender costs while nothing happens.
//   tools/interop.sh --setup && node bench/transfer-nixl/transfer-nixl.mjs [ROUNDS]
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { inflateSync } from 'node:zlib';

const { NixlSender, TensorReceiver } = createRequire(import.meta.url)('../../dist/transfer/index.js');
const library = join(process.env.COCHLEA_CACHE ?? join(homedir(), '.cache', 'cochlea'), 'interop', 'venv');
const rounds = Number(process.argv[2] ?? 100);
const elements = 750 * 2048;
const size = elements * 4;

/** A process of peer.py: a function that sends it a line and gives its next one. */
function peer(role) {
  const script = fileURLToPath(new URL('peer.py', import.meta.url));
  const child = spawn(join(library, 'bin', 'python'), [script, role, String(size)], {
    stdio: ['pipe', 'ignore', 'inherit', 'pipe'],
  });
  const lines = createInterface({ input: child.stdio[3] })[Symbol.asyncIterator]();
  const ask = async (value) => {
    if (value !== undefined) child.stdin.write(`${JSON.stringify(value)}\n`);
    return JSON.parse((await lines.next()).value);
  };
  return { ask, end: () => child.stdin.end() };
}

function summary(times) {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share) => sorted[Math.floor(share * (sorted.length - 1))].toFixed(2);
  return { min: at(0), median: at(0.5), p95: at(0.95) };
}

/** Nanoseconds that all threads of this process have run. */
function processorTime() {
  return readdirSync('/proc/self/task').reduce(
    (sum, task) => sum + Number(readFileSync(`/proc/self/task/${task}/schedstat`, 'utf8').split(' ')[0]),
    0,
  );
}

async function percentOfACore(milliseconds) {
  const before = processorTime();
  await wait(milliseconds);
  return (((processorTime() - before) / 1e6 / milliseconds) * 100).toFixed(2);
}

const sender = new NixlSender({ library });
const tensor = { data: new Float32Array(elements).fill(1), shape: [750, 2048], dtype: 'float32' };
const { descriptor, cancel } = await sender.send(tensor, { lease: 3600 });
const { descriptors, nixl_metadata } = descriptor.serialized_request;
const metadata = inflateSync(Buffer.from(nixl_metadata.slice(4), 'base64')).toString('base64');
const ours = { metadata, address: descriptors[0].ptr };
const server = peer('serve');
const reader = peer('read');
const theirs = await server.ask();

const times = { ours: [], theirs: [], receiver: [] };
for (let round = -5; round < rounds; round++) {
  for (const [name, place] of Object.entries({ ours, theirs })) {
    const { milliseconds, state } = await reader.ask(place);
    if (state !== 'DONE') throw new Error(`reading from ${name} ended as ${state}`);
    if (round >= 0) times[name].push(milliseconds);
  }
}
server.end();
reader.end();

const receiver = new TensorReceiver({ nixl: { library } });
for (let round = -5; round < rounds; round++) {
  const sent = await sender.send(tensor);
  const start = performance.now();
  const received = await receiver.receive(sent.descriptor);
  if (round >= 0) times.receiver.push(performance.now() - start);
  await received.release();
}
await receiver.close();
cancel();
await wait(1000);
console.log(`${size} bytes, ${rounds} rounds, milliseconds`);
console.table({
  'Python reads from NixlSender': summary(times.ours),
  'Python reads from Python': summary(times.theirs),
  'TensorReceiver, with the digest': summary(times.receiver),
});
const idle = new NixlSender({ library });
await (await idle.send({ data: new Uint8Array(1), shape: [1], dtype: 'bool' })).release();
await sender.close();
await wait(2000);
console.log(`idle sender: ${await percentOfACore(5000)} % of a core, all threads of Node included`);
await idle.send({ data: new Uint8Array(1), shape: [1], dtype: 'bool' });
console.log(`sender that holds a tensor: ${await percentOfACore(5000)} %`);
await idle.close();
console.log(`without a sender: ${await percentOfACore(5000)} %`);
