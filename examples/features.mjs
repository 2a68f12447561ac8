#!/usr/bin/env node
/** Log-mel features of audio files, as one batch: node examples/features.mjs FILE... */
import { AudioDecoder } from 'cochlea';
import { FeatureExtractor } from 'cochlea/features';

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error('Usage: node examples/features.mjs FILE...');
  process.exit(2);
}

const decoder = new AudioDecoder({ sampleRate: 16_000, channels: 1 });
const extractor = FeatureExtractor.whisper({ mels: 128 });

const clips = await Promise.all(files.map((file) => decoder.decode(file)));
// The first 30 s of each; `split` and `windows` of a decoder cut long audio into clips instead.
const { inputFeatures, featureAttentionMask, frames } = await extractor.extract(clips, { truncation: true });

console.log(`input_features ${inputFeatures.dtype} [${inputFeatures.shape.join(', ')}]`);
console.log(`feature_attention_mask ${featureAttentionMask.dtype} [${featureAttentionMask.shape.join(', ')}]`);
for (const [i, file] of files.entries()) console.log(`${file}: ${frames[i]} frames of 10 ms`);
