// A consumer in a process of its own: node consumer-apart.mjs '{"folders":[…],"origins":[…]}'. Each line on its input is
// a descriptor; it answers with what arrived, or with the error.
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { left } from './left.mjs';

const { TensorReceiver } = createRequire(import.meta.url)('../../dist/transfer/index.js');
const options = JSON.parse(process.argv[2]);
const receiver = new TensorReceiver(options);

async function answerTo(descriptor) {
  try {
    const received = await receiver.receive(descriptor);
    const { data, shape, dtype } = received.tensor;
    const hash = createHash('sha256')
      .update(Buffer.from(data.buffer, data.byteOffset, data.byteLength))
      .digest('hex');
    await received.release();
    return { hash, shape, dtype, lengthAfter: data.length, left: left(options.folders?.[0]) };
  } catch (error) {
    return { code: error.code, message: error.message };
  }
}

console.log('{}');
for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answerTo(JSON.parse(line))));
}
await receiver.close();
