#!/usr/bin/env node
/** Long audio in segments of at most 30 seconds, cut at quiet places: node examples/split.mjs FILE [SECONDS] */
import { decode, split } from 'cochlea';

const [file, maxSeconds = 30] = process.argv.slice(2);
if (file === undefined) {
  console.error('Usage: node examples/split.mjs FILE [SECONDS]');
  process.exit(2);
}

const audio = await decode(file, { sampleRate: 16_000 });
for (const { start, frames, sampleRate } of split(audio, { maxSeconds: Number(maxSeconds) })) {
  const end = start + frames / sampleRate;
  console.log(`${start.toFixed(3)} – ${end.toFixed(3)} s  ${frames} frames`);
}
