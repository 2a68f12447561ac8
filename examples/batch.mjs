#!/usr/bin/env node
/** Many files at once, each with its own outcome: node examples/batch.mjs FILE... */
import { AudioDecoder } from 'cochlea';

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error('Usage: node examples/batch.mjs FILE...');
  process.exit(2);
}

const decoder = new AudioDecoder({ sampleRate: 16_000 });
const outcomes = await decoder.decodeAll(files);
for (const [i, outcome] of outcomes.entries()) {
  if (outcome.status === 'fulfilled') {
    console.log(`${files[i]}  ${outcome.value.duration.toFixed(3)} s  ${outcome.value.frames} frames`);
  } else {
    console.log(`${files[i]}  ${outcome.reason.code ?? outcome.reason.name}`);
  }
}
process.exitCode = outcomes.every(({ status }) => status === 'fulfilled') ? 0 : 1;
