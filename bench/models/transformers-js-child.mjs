/** transformers.js as a process: node transformers-js-child.mjs AUDIO.f32 */
import { readFileSync, writeFileSync } from 'node:fs';
import { env, WhisperFeatureExtractor } from '@huggingface/transformers';
import { answer } from '../run/answering.mjs';

const [, , path] = process.argv;
env.allowRemoteModels = false;
const all = new Float32Array(new Uint8Array(readFileSync(path)).buffer);
// The preprocessor_config.json of Qwen2-Audio and of Whisper large-v3.
const extractor = new WhisperFeatureExtractor({
  chunk_length: 30,
  feature_extractor_type: 'WhisperFeatureExtractor',
  feature_size: 128,
  hop_length: 160,
  n_fft: 400,
  n_samples: 480_000,
  nb_max_frames: 3000,
  padding_side: 'right',
  padding_value: 0,
  return_attention_mask: true,
  sampling_rate: 16_000,
});

await answer(async ({ samples, output }) => {
  const audio = all.slice(0, samples);
  const start = performance.now();
  const { input_features: features } = await extractor(audio);
  const milliseconds = performance.now() - start;
  if (output) writeFileSync(output, features.data);
  return { milliseconds };
});
