import { channel } from 'node:diagnostics_channel';
import { type TraceEvent, traced as trace } from '../async/traced.js';
import type { CacheOutcome } from './types.js';

/*
 * Events of a loader, for metrics and logs: `diagnostics_channel.subscribe('cochlea:fetch', (event) => …)`. Events hold
 * labels, never whole addresses or audio. No event is made if nobody listens.
 */

/** `cochlea:fetch`: one try to fetch an address has ended. For a large body, the try ends when the body starts. */
export interface FetchEvent {
  /** Names the source: no query, credentials or content. */
  readonly label: string;
  /** How long it took. */
  readonly milliseconds: number;
  /** 1 for the first try. */
  readonly tries: number;
  /** Bytes of the body that were read when the try ended; 0 if the body had not changed. */
  readonly bytes: number;
  /** The code of the error it ended in. */
  readonly error: string | undefined;
}

/**
 * `cochlea:decode`: audio was decoded, mixed and resampled. Includes the download if the body was decoded while it
 * arrived.
 */
export interface DecodeEvent {
  /** Names the source: no query, credentials or content. */
  readonly label: string;
  /** How long it took. */
  readonly milliseconds: number;
  /** Frames of the result. */
  readonly frames: number;
  /** Sample rate of the result, in Hz. */
  readonly sampleRate: number;
  /** The code of the error it ended in; `undefined` if it succeeded. */
  readonly error: string | undefined;
}

/** `cochlea:load`: a call of `load` has ended. */
export interface LoadEvent {
  /** Names the source: no query, credentials or content. */
  readonly label: string;
  /** How long it took. */
  readonly milliseconds: number;
  /** Where the audio came from; `undefined` if the call failed. */
  readonly cache: CacheOutcome | undefined;
  /** The code of the error it ended in; `undefined` if it succeeded. */
  readonly error: string | undefined;
}

/** `cochlea:evict`: audio was dropped from the cache to make room. */
export interface EvictEvent {
  /** Names the source: no query, credentials or content. */
  readonly label: string;
  /** The key in the cache. */
  readonly key: string;
  /** Bytes that were freed. */
  readonly bytes: number;
}

const channels = {
  fetch: channel('cochlea:fetch'),
  decode: channel('cochlea:decode'),
  load: channel('cochlea:load'),
  evict: channel('cochlea:evict'),
};

interface Events {
  fetch: FetchEvent;
  decode: DecodeEvent;
  load: LoadEvent;
  evict: EvictEvent;
}

export function publish<Name extends keyof Events>(name: Name, event: Events[Name]): void {
  if (channels[name].hasSubscribers) channels[name].publish(event);
}

/** Runs work, and publishes how it went. `describe` makes the rest of the event. */
export function traced<Name extends 'fetch' | 'decode' | 'load', Result>(
  name: Name,
  work: () => Promise<Result>,
  describe: (result: Result | undefined) => Omit<Events[Name], keyof TraceEvent>,
): Promise<Result> {
  return trace<Events[Name], Result>(channels[name], work, describe);
}
