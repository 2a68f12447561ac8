/**
 * Log-mel features of audio: the input of Whisper and Qwen2-Audio.
 *
 * @example
 * import { FeatureExtractor } from 'cochlea/features';
 * const extractor = await FeatureExtractor.whisper({ mels: 128 });
 * const { inputFeatures, featureAttentionMask } = await extractor.extract(audio);
 *
 * @module cochlea/features
 */
export type { AudioSamples } from '../tensors/audio_samples.js';
export { FeatureExtractor, type FeaturesEvent } from './extractor.js';
export { type FeatureSpec, whisperSpec } from './spec.js';
export type {
  AudioFeatures,
  ExtractOptions,
  FeatureExtractorOptions,
  FeatureProvider,
  WhisperOptions,
} from './types.js';
