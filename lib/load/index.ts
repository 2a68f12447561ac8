export type { DecodeEvent, EvictEvent, FetchEvent, LoadEvent } from './diagnostics.js';
export type { AllowedAddresses } from './guard/address_rules.js';
export { AudioLoader } from './loader.js';
export {
  type AudioPart,
  type AudioUrlPart,
  type ChatMessage,
  type InputAudioPart,
  type ResolvedAudioPart,
  resolveAudioParts,
} from './source/parts.js';
export type { LoadSource } from './source/types.js';
export type {
  AudioLoaderOptions,
  CacheOptions,
  CacheOutcome,
  ConcurrencyOptions,
  EvictedAudio,
  FetchOptions,
  LoadedAudio,
  LoaderStats,
  LoadOptions,
  LoadProgress,
  OverLength,
} from './types.js';
