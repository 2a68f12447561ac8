#!/usr/bin/env node
/** A file to the embeddings of an audio tower: node examples/embeddings.mjs TOWER FILE OUTPUT.safetensors */
import { writeFile } from 'node:fs/promises';
import { decode, writeSafetensors } from 'cochlea';
import { AudioTower } from 'cochlea/tower';

const [folder, file, output] = process.argv.slice(2);
if (output === undefined) {
  console.error('Usage: node examples/embeddings.mjs TOWER FILE OUTPUT.safetensors');
  process.exit(2);
}

const tower = await AudioTower.load(folder);
const audio = await decode(file, { sampleRate: 16_000 });
const { audioFeatures, tokens } = await tower.embed(audio, { long: 'split' });

await writeFile(output, writeSafetensors({ audio_features: audioFeatures }));
console.log(`${tokens[0]} tokens, ${audioFeatures.dtype} [${audioFeatures.shape.join(', ')}], on ${tower.provider}`);
await tower.close();
