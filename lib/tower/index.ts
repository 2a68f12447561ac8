/**
 * Audio towers: embeddings and token counts for language models, through ONNX Runtime.
 *
 * @example
 * import { AudioTower } from 'cochlea/tower';
 * const tower = await AudioTower.load('models/qwen2-audio', { provider: 'auto' });
 * const { audioFeatures, tokens } = await tower.embed(audio);
 *
 * @module cochlea/tower
 */
export type { AudioFeatures } from '../features/index.js';
export type { Provider, ProviderChoice, ProviderReport } from '../onnx/index.js';
export { describeProviders } from '../onnx/index.js';
export type { AudioSamples } from '../tensors/audio_samples.js';
export {
  audioToken,
  audioTokenId,
  expandAudioTokens,
  type PromptMessage,
  type PromptOptions,
  type PromptPart,
  qwen2AudioPrompt,
} from './prompt.js';
export { AudioTower, type TowerEvent } from './tower.js';
export type {
  AudioEmbeddings,
  EmbeddedPiece,
  EmbedOptions,
  TowerArchitecture,
  TowerOptions,
  TowerPrecision,
  TowerSpec,
} from './types.js';
