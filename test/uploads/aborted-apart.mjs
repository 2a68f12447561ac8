// Uploads that clients break off in the middle, in a process of its own: what is left of them.
// node aborted-apart.mjs transform|stream|load [uploads]: prints a line of JSON, and ends by itself.
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

// The package that this version of Node is tried with, or the checkout.
const library = process.env.COCHLEA_LIBRARY ?? new URL('../../dist/', import.meta.url).href;
const { AudioDecoder } = await import(`${library}index.js`);
const { AudioLoader } = await import(`${library}load/index.js`);
const { native } = await import(`${library}native/binding.js`);

const bytes = readFileSync(new URL('../fixtures/ranges/lame.mp3', import.meta.url));
const [kind, uploads = '200'] = process.argv.slice(2);
const decoder = new AudioDecoder({ sampleRate: 16_000 });
const loader = new AudioLoader({ sampleRate: 16_000, concurrency: { downloads: 100 } });
const outcomes = [];

const takes = {
  transform: (request) =>
    pipeline(request, decoder.transform(), new Writable({ objectMode: true, write: (_, __, done) => done() })),
  stream: async (request) => {
    for await (const _ of decoder.stream(request));
  },
  load: (request) => loader.load(request),
};

const server = createServer((request, response) => {
  const outcome = takes[kind](request).then(
    () => 'whole',
    ({ code }) => code,
  );
  outcomes.push(outcome.finally(() => response.destroy()));
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address();

/** Sends the start of a file, and goes when it is being decoded. */
async function upload() {
  const asked = once(server, 'request');
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(`POST / HTTP/1.1\r\nHost: here\r\nContent-Length: ${bytes.length}\r\n\r\n`);
  socket.write(bytes.subarray(0, 20_000));
  await asked;
  const taken = () => (kind === 'load' ? loader.stats().loading > 0 : native.load().stalled > 0);
  while (!taken()) await new Promise((resolve) => setTimeout(resolve, 1));
  socket.destroy();
  await outcomes.at(-1);
}

async function measured() {
  globalThis.gc?.();
  await new Promise((resolve) => setTimeout(resolve, 50));
  globalThis.gc?.();
  const { stalled, running } = native.load();
  return {
    threads: readdirSync('/proc/self/task').length,
    handles: process.getActiveResourcesInfo().filter((name) => name !== 'Timeout').length,
    files: readdirSync('/proc/self/fd').length,
    rss: process.memoryUsage.rss(),
    stalled,
    running,
  };
}

for (let i = 0; i < 20; i++) await upload();
const before = await measured();
for (let i = 0; i < Number(uploads); i++) await upload();
const after = await measured();
const codes = [...new Set(await Promise.all(outcomes))];
server.close();
console.log(JSON.stringify({ node: process.versions.node, before, after, settled: outcomes.length, codes }));
