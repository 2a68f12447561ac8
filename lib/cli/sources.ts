import type { Command } from 'commander';
import {
  AudioDecoder,
  type AudioDecoderOptions,
  type DecodedAudio,
  type DecodeOptions,
  type MediaInfo,
} from '../index.js';
import { AudioLoader, type LoadProgress } from '../load/index.js';
import { pipeOf } from './pipes.js';

/** Values of the options below, as commander passes them. */
export interface AddressFlags {
  readonly allowHttp?: true;
  readonly allowPrivate?: true;
}

export function addAddressFlags(command: Command): Command {
  return command
    .option('--allow-http', 'also fetch http: addresses')
    .option('--allow-private', 'also fetch addresses in private networks, and names such as localhost');
}

/** The user has chosen the address, and waits as long as bytes arrive. So the limits are those of files. */
const patience = 24 * 3600 * 1000;
const largestBody = 512 * 1024 ** 2;

/** Decodes files, pipes, and `https:` addresses, which a loader fetches. */
export class Sources {
  readonly #decoder: AudioDecoder;
  readonly #loader: () => AudioLoader;
  #opened: AudioLoader | undefined;

  /** @throws {TypeError | RangeError} An option is wrong. */
  constructor(options: AudioDecoderOptions, flags: AddressFlags, onProgress: (progress: LoadProgress) => void) {
    this.#decoder = new AudioDecoder(options);
    this.#loader = () => {
      this.#opened ??= new AudioLoader({
        ...options,
        allowHttp: flags.allowHttp === true,
        allowPrivateAddresses: flags.allowPrivate === true,
        fetch: { timeout: patience, bodyBytes: largestBody },
        // Each source is read once.
        cache: { maxBytes: 0 },
        onProgress,
      });
      return this.#opened;
    };
  }

  async decode(source: string, options: DecodeOptions): Promise<DecodedAudio> {
    if (isAddress(source)) return this.#loader().load(source, options);
    return this.#decoder.decode((await pipeOf(source)) ?? source, options);
  }

  async probe(source: string, options: { readonly signal: AbortSignal }): Promise<MediaInfo> {
    if (isAddress(source)) return this.#loader().probe(source, options);
    return this.#decoder.probe((await pipeOf(source)) ?? source, options);
  }

  async close(): Promise<void> {
    await this.#opened?.close();
  }
}

export function isAddress(source: string): boolean {
  return /^https?:\/\//i.test(source);
}

/** The name of a source in results. The query of an address is left out, because it may hold a secret. */
export function nameOf(source: string): string {
  if (!isAddress(source) || !URL.canParse(source)) return source;
  const { origin, pathname } = new URL(source);
  return origin + pathname;
}
