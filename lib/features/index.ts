export { FeatureExtractor } from './extractor.js';
export { type FeatureSpec, whisperSpec } from './spec.js';
export type {
  AudioFeatures,
  ExtractOptions,
  FeatureExtractorOptions,
  FeatureProvider,
  MonoAudio,
  WhisperOptions,
} from './types.js';
