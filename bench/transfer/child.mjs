/** The receiver, as a process: node child.mjs '{"folders":[…],"origins":[…]}'. */
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { TensorReceiver } from '../../dist/transfer/index.js';
import { answer } from '../run/answering.mjs';

const receiver = new TensorReceiver(JSON.parse(process.argv[2]));
const agent = new http.Agent({ keepAlive: true });

/** Memory of this process alone: pages of a mapped file are not in it. */
function ownBytes() {
  return Number(/RssAnon:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;
}

/** Into one buffer of the right length, as our receiver does. */
function plainGet(url) {
  return new Promise((resolve, reject) => {
    http
      .get(url, { agent }, (response) => {
        const bytes = new Uint8Array(Number(response.headers['content-length']));
        let offset = 0;
        response.on('data', (chunk) => {
          bytes.set(chunk, offset);
          offset += chunk.length;
        });
        response.on('end', () => resolve(bytes));
        response.on('error', reject);
      })
      .on('error', reject);
  });
}

const verbs = {
  async receive({ descriptor }) {
    globalThis.gc?.();
    // What was collected is given back a little later.
    await wait(20);
    const before = ownBytes();
    const start = performance.now();
    const { tensor, release } = await receiver.receive(descriptor);
    const received = performance.now();
    const { data } = tensor;
    let sum = 0;
    // One element of each page.
    for (let i = 0; i < data.length; i += 1024) sum += data[i];
    const touched = performance.now();
    const grown = ownBytes() - before;
    await release();
    return { milliseconds: received - start, touch: touched - received, grown, sum };
  },
  async get({ url }) {
    const start = performance.now();
    const bytes = await plainGet(url);
    return { milliseconds: performance.now() - start, bytes: bytes.length };
  },
};

await answer(({ verb, ...question }) => verbs[verb](question));
agent.destroy();
await receiver.close();
