import { Readable } from 'node:stream';
import { untilAborted } from '../async/abort.js';
import { settleAll, type Task } from '../async/settle.js';
import { shown, wholeNumber } from '../checks.js';
import type { MediaInfo } from '../media_info.js';
import { native } from '../native/binding.js';
import { heedErrors } from '../producers/node_stream.js';
import { isReadableStream } from '../realm.js';
import { estimatedBytes } from './memory_estimate.js';
import { apart, type DecodeRequest, positive, requestKeys } from './options.js';
import type { AudioSource } from './source/audio_source.js';
import type { DecodedAudio, DecodeOptions } from './types.js';

/** A source, or a function that fetches one. The function is called when its turn has come. */
export type BatchSource = AudioSource | (() => AudioSource | PromiseLike<AudioSource>);

/** Sources: a list, or an iterable that produces them one by one. */
export type BatchSources = Iterable<BatchSource> | AsyncIterable<BatchSource>;

/** Bounds of `decodeAll`, and the options of each decode. */
export interface BatchOptions extends DecodeOptions {
  /**
   * Maximum number of sources in progress. Default: the number of threads plus two, so that no thread has to wait for a
   * source.
   */
  readonly concurrency?: number | undefined;
  /**
   * Bytes that all running decodes may hold together, encoded and decoded. Default: 256 MiB; `Infinity` lifts the
   * limit.
   */
  readonly maxBytes?: number | undefined;
}

/** The checked options of `decodeAll`, separated from those of each decode. */
export interface CheckedBatch {
  readonly concurrency: number;
  readonly maxBytes: number;
  readonly each: DecodeOptions;
}

export function checkBatch(options: BatchOptions): CheckedBatch {
  const [own, each] = apart(options, ['concurrency', 'maxBytes'], requestKeys);
  const { concurrency = native.threads() + 2, maxBytes = 256 * 1024 ** 2 } = own;
  wholeNumber('options.concurrency', concurrency, 1, 10_000);
  return { concurrency, maxBytes: positive('options.maxBytes', maxBytes), each };
}

export function checkSources(sources: unknown): void {
  const iterable =
    typeof sources === 'object' && sources !== null && (Symbol.iterator in sources || Symbol.asyncIterator in sources);
  if (!iterable || isOneSource(sources)) {
    throw new TypeError(
      `sources must be an iterable or async iterable of sources, got ${shown(sources)}; put a single source into an array`,
    );
  }
}

/**
 * Sources that are themselves iterable: bytes and byte streams. A web stream counts as one source, whatever it holds.
 */
function isOneSource(sources: object): boolean {
  const byteStream = sources instanceof Readable && !sources.readableObjectMode;
  return byteStream || isReadableStream(sources) || ArrayBuffer.isView(sources);
}

/** Decodes or probes each source of a batch. */
export interface BatchDecoder {
  decode(source: AudioSource): Promise<DecodedAudio>;
  probe(source: AudioSource): Promise<MediaInfo>;
}

export function decodeAll(
  sources: BatchSources,
  { concurrency, maxBytes }: CheckedBatch,
  request: DecodeRequest,
  decoder: BatchDecoder,
): Promise<PromiseSettledResult<DecodedAudio>[]> {
  const { signal } = request;
  heedErrorsOf(sources);
  // `concurrency` sources of this size fit into `maxBytes` together.
  const cheap = maxBytes / concurrency;
  return settleAll(sources, { concurrency, maxBytes, signal }, async (item): Promise<Task<DecodedAudio>> => {
    const source = typeof item === 'function' ? await untilAborted(item(), signal) : item;
    // It may fail while it waits for room.
    heedErrors(source);
    return {
      bytes: await estimatedBytes(source, request, cheap, decoder.probe),
      run: () => decoder.decode(source),
    };
  });
}

/** Streams in an array may fail long before their turn. An iterator makes its streams only when their turn has come. */
export function heedErrorsOf(sources: unknown): void {
  if (Array.isArray(sources)) sources.forEach(heedErrors);
}
