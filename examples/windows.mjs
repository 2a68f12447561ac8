#!/usr/bin/env node
/** Sliding windows of 30 seconds that share 5: node examples/windows.mjs FILE [SECONDS [OVERLAP]] */
import { decode, windows } from 'cochlea';

const [file, seconds = 30, overlap = 5] = process.argv.slice(2);
if (file === undefined) {
  console.error('Usage: node examples/windows.mjs FILE [SECONDS [OVERLAP]]');
  process.exit(2);
}

const audio = await decode(file, { sampleRate: 16_000 });
for (const window of windows(audio, { seconds: Number(seconds), overlap: Number(overlap), pad: true })) {
  // `window.data` is what a model takes: a Float32Array of always the same length.
  console.log(`${window.start.toFixed(3)} s  frames ${window.frames}  of them audio ${window.valid}`);
}
