#!/usr/bin/env node
/** Parts of a long file, exact to the frame: node examples/ranges.mjs FILE START END [START END]... */
import { AudioSource, decode } from 'cochlea';

const [file, ...times] = process.argv.slice(2);
if (file === undefined || times.length === 0 || times.length % 2 === 1) {
  console.error('Usage: node examples/ranges.mjs FILE START END [START END]...   (seconds)');
  process.exit(2);
}

// Open for all of them: what one range learns of the file serves the next.
const source = AudioSource.open(file);
for (let i = 0; i < times.length; i += 2) {
  const part = await decode(source, { sampleRate: 16_000, start: Number(times[i]), end: Number(times[i + 1]) });
  console.log(`from frame ${part.startFrame}: ${part.frames} frames`);
}
const end = await decode(source, { sampleRate: 16_000, start: -1 });
console.log(`the last second: from frame ${end.startFrame}`);
source.close();
