#!/usr/bin/env node
/** Decoding as a step of a Node pipeline: node examples/pipeline.mjs FILE OUTPUT.f32 */
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { AudioDecoder } from 'cochlea';

const [from, to] = process.argv.slice(2);
if (from === undefined || to === undefined) {
  console.error('Usage: node examples/pipeline.mjs FILE OUTPUT.f32');
  process.exit(2);
}

await pipeline(
  createReadStream(from),
  new AudioDecoder({ sampleRate: 16_000 }).transform({ seconds: 1 }),
  async function* (chunks) {
    for await (const { data } of chunks) yield Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  },
  createWriteStream(to),
);
