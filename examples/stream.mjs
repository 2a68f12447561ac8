#!/usr/bin/env node
/** Audio of any length in bounded memory, from a file or from standard input: node examples/stream.mjs FILE|- */
import { AudioDecoder } from 'cochlea';

const [file] = process.argv.slice(2);
if (file === undefined) {
  console.error('Usage: node examples/stream.mjs FILE   (- for standard input)');
  process.exit(2);
}

// Ten hours would be over the default limit of four.
const decoder = new AudioDecoder({ sampleRate: 16_000, limits: { seconds: Infinity, inputBytes: Infinity } });
const stream = decoder.stream(file === '-' ? process.stdin : file, { seconds: 1 });
let loudest = { start: 0, rms: 0 };
let frames = 0;
for await (const { data, start } of stream) {
  const rms = Math.sqrt(data.reduce((sum, sample) => sum + sample * sample, 0) / data.length);
  if (rms > loudest.rms) loudest = { start, rms };
  frames += data.length;
}
console.log(`${stream.source.codec}, ${(frames / 16_000).toFixed(3)} s, loudest second from ${loudest.start} s`);
