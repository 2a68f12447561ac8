export { Batcher, type BatcherOptions, paddedBatch } from './batcher.js';
export { ObstacleError } from './obstacle.js';
export { describeProviders } from './providers.js';
export { findRuntime } from './runtime.js';
export { OnnxSession } from './session.js';
export type {
  OnnxDType,
  OnnxTensors,
  Provider,
  ProviderChoice,
  ProviderReport,
  SessionOptions,
  ValueInfo,
} from './types.js';
