export type { AudioFeatures, MonoAudio } from '../features/index.js';
export type { Provider, ProviderChoice, ProviderReport } from '../onnx/index.js';
export { describeProviders } from '../onnx/index.js';
export {
  audioToken,
  audioTokenId,
  expandAudioTokens,
  type PromptMessage,
  type PromptOptions,
  type PromptPart,
  qwen2AudioPrompt,
} from './prompt.js';
export { AudioTower } from './tower.js';
export type {
  AudioEmbeddings,
  EmbeddedPiece,
  EmbedOptions,
  TowerArchitecture,
  TowerOptions,
  TowerPrecision,
  TowerSpec,
} from './types.js';
