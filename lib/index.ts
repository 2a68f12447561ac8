export * from './decode/index.js';
export * from './encode/index.js';
export {
  AbortError,
  AddonUnavailableError,
  AudioRangeError,
  CochleaError,
  CorruptAudioError,
  EmptyAudioError,
  type ErrorCode,
  type Fault,
  InternalError,
  LimitError,
  type LimitName,
  NonFiniteError,
  NoStreamError,
  SourceError,
  UnsupportedCodecError,
  UnsupportedContainerError,
  UnsupportedLayoutError,
} from './errors.js';
export type { AudioStreamInfo, Damage, MediaInfo } from './media_info.js';
export type { DType, Tensor } from './tensor.js';
export { type Versions, versions } from './versions.js';
