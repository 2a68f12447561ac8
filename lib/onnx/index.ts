export { Batcher, type BatcherOptions, paddedBatch } from './batcher.js';
export type { BoundModel } from './bound_model.js';
export {
  LoadedProgram,
  type OpenProgram,
  type Program,
  type ProgramHost,
  type ProgramResult,
} from './program.js';
export { chooseProvider, describeProviders } from './providers.js';
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
