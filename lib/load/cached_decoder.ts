import { Coalescer } from '../async/coalescer.js';
import type { AudioDecoderOptions, AudioSource } from '../decode/index.js';
import type { Admission, Leave } from './admission.js';
import type { AudioCache } from './cache/cache.js';
import { contentDigest, keyOf } from './cache/keys.js';
import { traced } from './diagnostics.js';
import type { Body } from './http/body.js';
import { LengthDecoder } from './length.js';
import type { Loaded, Outcome } from './loaded.js';
import type { LoadRequest } from './request.js';
import type { AllowedFile } from './source/file.js';

/** One decode: its options, its caller, and whether the result may be cached. */
export interface DecodeJob {
  readonly request: LoadRequest;
  readonly label: string;
  readonly signal: AbortSignal;
  /** Whether the source allows its audio to be cached. */
  readonly storable: boolean;
}

/** Decodes audio that is not in the cache. Callers that want the same content share one decode. */
export class CachedDecoder {
  readonly #decoder: LengthDecoder;
  readonly #cache: AudioCache;
  readonly #admission: Admission;
  readonly #coalescer = new Coalescer<Loaded>();

  constructor(options: AudioDecoderOptions, cache: AudioCache, admission: Admission) {
    this.#decoder = new LengthDecoder(options);
    this.#cache = cache;
    this.#admission = admission;
  }

  /** Bytes of a caller. */
  async bytes(bytes: Uint8Array, job: DecodeJob): Promise<Outcome> {
    const key = keyOf('content', await contentDigest(bytes), job.request.key);
    return this.#known(key, bytes, job, (signal) => this.#admission.decode(signal));
  }

  file({ path, version }: AllowedFile, job: DecodeJob): Promise<Outcome> {
    const key = keyOf('file', path, version, job.request.key);
    return this.#known(key, path, job, (signal) => this.#admission.decode(signal));
  }

  /**
   * A small body, which is complete, is cached by its content. A large one is decoded while it arrives; if it is not
   * read to its end, it is cached by `address`.
   */
  async body(body: Body, bytes: Uint8Array | undefined, address: string | undefined, job: DecodeJob): Promise<Outcome> {
    const digest = body.digest();
    if (bytes !== undefined && digest !== undefined) {
      const key = keyOf('content', digest, job.request.key);
      return this.#known(key, bytes, job, (signal) => this.#admission.decodeDownloaded(signal));
    }
    const loaded = await this.#decode(body, job, job.signal);
    const whole = body.digest();
    const key = whole === undefined ? address && keyOf('beginning', address) : keyOf('content', whole, job.request.key);
    // Only a whole body can be compared with the cache.
    const same = whole !== undefined && key !== undefined ? this.#cache.audio(key) : undefined;
    if (same) return { loaded: same, how: 'miss', key };
    this.#keep(key, loaded, job);
    return { loaded, how: 'miss', key };
  }

  async #known(
    key: string,
    source: AudioSource,
    job: DecodeJob,
    enter: (signal: AbortSignal) => Promise<Leave>,
  ): Promise<Outcome> {
    const hit = this.#cache.audio(key);
    if (hit) return { loaded: hit, how: 'hit', key };
    const how = this.#coalescer.has(key) ? 'coalesced' : 'miss';
    const loaded = await this.#coalescer.join(key, job.signal, async (signal) => {
      const leave = await enter(signal);
      try {
        const loaded = await this.#decode(source, job, signal);
        this.#keep(key, loaded, job);
        return loaded;
      } finally {
        leave();
      }
    });
    return { loaded, how, key };
  }

  #keep(key: string | undefined, loaded: Loaded, { storable }: DecodeJob): void {
    if (storable && key !== undefined) this.#cache.keepAudio(key, loaded);
  }

  #decode(source: AudioSource, { request, label }: DecodeJob, signal: AbortSignal): Promise<Loaded> {
    return traced(
      'decode',
      async () => ({ ...(await this.#decoder.decode(source, { ...request.decode, signal }, request.length)), label }),
      (loaded) => ({ label, frames: loaded?.audio.frames ?? 0, sampleRate: loaded?.audio.sampleRate ?? 0 }),
    );
  }
}
