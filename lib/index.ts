/**
 * Decoding, encoding, pieces of audio, tensors and errors.
 *
 * @example
 * import { decode } from 'cochlea';
 * const audio = await decode('speech.mp3', { sampleRate: 16_000 });
 *
 * @module cochlea
 */
export * from './decode/index.js';
export * from './encode/index.js';
export {
  AbortError,
  AddonUnavailableError,
  AudioRangeError,
  AudioTooShortError,
  BusyError,
  ClosedError,
  CochleaError,
  CorruptAudioError,
  EmptyAudioError,
  EncryptedAudioError,
  type ErrorCode,
  type FailedRange,
  type Fault,
  FetchFailedError,
  type FetchFailureReason,
  FetchRefusedError,
  InternalError,
  LimitError,
  type LimitName,
  ModelFailedError,
  ModelInvalidError,
  NonFiniteError,
  NoStreamError,
  ProviderUnavailableError,
  type RefusalReason,
  RequestInvalidError,
  ServiceFailedError,
  SourceError,
  SpoolError,
  SubtitlesInvalidError,
  TensorsInvalidError,
  TranscriptPartialError,
  TransferCorruptError,
  TransferExpiredError,
  TransferFailedError,
  TransferInvalidError,
  TransferRefusedError,
  TransferTooLargeError,
  TransferUnavailableError,
  UnauthorizedError,
  UnsupportedCodecError,
  UnsupportedContainerError,
  UnsupportedLayoutError,
} from './errors.js';
export type { AudioStreamInfo, Damage, MediaInfo } from './media_info.js';
export { configure, type ProcessOptions } from './native/configure.js';
export type { AudioSamples } from './tensors/audio_samples.js';
export { type HalfOptions, toBfloat16, toFloat16 } from './tensors/half.js';
export { readNpy, writeNpy } from './tensors/npy.js';
export { readSafetensors, type Safetensors, writeSafetensors } from './tensors/safetensors.js';
export type { DType, Tensor } from './tensors/tensor.js';
export { torchSave } from './tensors/torch_save.js';
export type {
  DurationUsage,
  TokenUsage,
  Transcript,
  TranscriptLanguage,
  TranscriptLogprob,
  TranscriptSegment,
  TranscriptUsage,
  TranscriptWord,
} from './transcript.js';
export { type Versions, versions } from './versions.js';
