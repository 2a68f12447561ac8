import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { AddonUnavailableError } from './errors.js';
import type { Damage, MediaInfo } from './media_info.js';

/** Words of the options that the addon takes as numbers: index = value of the C++ enumeration. */
export const nativeWords = {
  downmix: ['mean', 'ffmpeg', 'first', 'none'],
  quality: ['QQ', 'LQ', 'MQ', 'HQ', 'VHQ'],
  onDamage: ['conceal', 'error'],
  nonFinite: ['error', 'zero'],
  tail: ['decoded', 'edit-list'],
  format: ['wav', 'flac'],
} as const;

/** One flat object that the addon reads once, on the main thread. Every field is checked before. */
export interface NativeOptions {
  /** Hz; 0 keeps the source's rate. */
  readonly sampleRate: number;
  /** 0 keeps the source's channels. */
  readonly channels: number;
  readonly downmix: number;
  readonly quality: number;
  /** -1 for the best audio stream. */
  readonly stream: number;
  readonly onDamage: number;
  readonly nonFinite: number;
  readonly tail: number;
  readonly limits: {
    readonly inputBytes: number;
    readonly seconds: number;
    readonly decodedBytes: number;
    readonly channels: number;
    readonly minSampleRate: number;
    readonly maxSampleRate: number;
  };
  readonly raw?: { readonly codec: string; readonly sampleRate: number; readonly channels: number };
}

export interface NativeDecoded {
  readonly data: Float32Array<ArrayBuffer>;
  readonly channels: number;
  readonly frames: number;
  readonly sampleRate: number;
  readonly transferable: boolean;
  readonly source: MediaInfo;
  readonly damage: Damage;
  readonly log: readonly string[];
}

/** Of an encode: checked before, like `NativeOptions`. */
export interface NativeEncodeOptions {
  readonly format: number;
  /** 16, 24, or 32 for float. */
  readonly bits: number;
  /** Hz. */
  readonly sampleRate: number;
  readonly channels: number;
  /** The largest array that can be handed over. */
  readonly maxBytes: number;
}

export interface NativeEncoded {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Samples that did not fit and became the nearest that does. */
  readonly clipped: number;
}

/** A file that is handed out while it is written; one call at a time. */
export interface NativeEncodeStream {
  /** Planar samples; the bytes that are ready. */
  write(samples: Float32Array, cancellation: NativeCancellation): Promise<NativeEncoded>;
  /** The rest of the bytes. */
  finish(cancellation: NativeCancellation): Promise<NativeEncoded>;
}

/** What a rejected job carries; `runNative` makes an error of it. */
export interface NativeFailure {
  readonly code: string;
  readonly message: string;
  readonly limit?: string;
  readonly max?: number;
  readonly actual?: number;
  readonly errno?: number;
}

/** Stops the request that it was made for. */
export interface NativeCancellation {
  cancel(): void;
}

export interface NativeBinding {
  readonly Cancellation: new (timeoutMilliseconds?: number) => NativeCancellation;
  decode(source: string | Uint8Array, options: NativeOptions, cancellation: NativeCancellation): Promise<NativeDecoded>;
  probe(source: string | Uint8Array, options: NativeOptions, cancellation: NativeCancellation): Promise<MediaInfo>;
  encode(samples: Float32Array, options: NativeEncodeOptions, cancellation: NativeCancellation): Promise<NativeEncoded>;
  readonly EncodeStream: new (options: NativeEncodeOptions) => NativeEncodeStream;
  versions(): { ffmpeg: string; ffmpegLicense: string; soxr: string; soxrEngine: string };
  load(): { threads: number; running: number; waiting: number };
  setThreads(count: number): void;
}

const require = createRequire(import.meta.url);

function load(): NativeBinding {
  const packageFolder = fileURLToPath(new URL('..', import.meta.url));
  try {
    const binding = (require('node-gyp-build') as (folder: string) => NativeBinding)(packageFolder);
    binding.setThreads(availableParallelism());
    return binding;
  } catch (cause) {
    throw new AddonUnavailableError(
      'ERR_ADDON_UNAVAILABLE',
      [
        `Cochlea's native addon does not load on ${process.platform}-${process.arch} with Node ${process.versions.node}.`,
        'What to do:',
        '  1. Install again without --ignore-scripts and without --omit=optional: npm install cochlea',
        '  2. If there is no prebuilt addon for this platform, install cmake, nasm, make, pkg-config and a',
        '     C++20 compiler first; the same command then builds it.',
        `  3. If it still fails, this is why: ${cause instanceof Error ? cause.message : String(cause)}`,
      ].join('\n'),
      { cause },
    );
  }
}

export const native: NativeBinding = load();
