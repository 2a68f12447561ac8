// Starts encodes that outlast it: test/encode/stop.test.ts ends it in the middle.
import { parentPort } from 'node:worker_threads';
import { encode, encodeStream } from '../../dist/index.js';

const million = Float32Array.from({ length: 1_000_000 }, () => Math.random() - 0.5);
const data = new Float32Array(10 * million.length);
for (let at = 0; at < data.length; at += million.length) data.set(million, at);
const long = { data, sampleRate: 48_000 };
encode(long, { format: 'flac' }).catch(() => {});
encodeStream([long], { format: 'flac' })
  .next()
  .catch(() => {});
parentPort.postMessage('started');
