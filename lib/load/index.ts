/**
 * Loads audio that clients send: addresses, data URLs, uploads, files, parts of chat messages. It is fetched safely,
 * decoded and cached.
 *
 * @example
 * import { AudioLoader } from 'cochlea/load';
 * const loader = new AudioLoader({ sampleRate: 16_000, maxSeconds: 600 });
 * const audio = await loader.load(url, { signal });
 *
 * @module cochlea/load
 */
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
  OpenedSource,
  OverLength,
} from './types.js';
