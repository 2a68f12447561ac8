import { Readable } from 'node:stream';
import { untilAborted } from '../async/abort.js';
import { settleAll, type Task } from '../async/settle.js';
import { shown, wholeNumber } from '../checks.js';
import type { MediaInfo } from '../media_info.js';
import { native } from '../native/binding.js';
import { heedErrors } from '../producers/node_stream.js';
import { isReadableStream } from '../realm.js';
import { weight } from './memory_estimate.js';
import { apart, positive, type Request, requestKeys } from './options.js';
import type { AudioSource } from './source/audio_source.js';
import type { DecodedAudio, DecodeOptions } from './types.js';

/** A source, or a function that fetches one when its turn has come. */
export type BatchSource = AudioSource | (() => AudioSource | PromiseLike<AudioSource>);

/** Sources, in memory or to come. */
export type BatchSources = Iterable<BatchSource> | AsyncIterable<BatchSource>;

/** How `decodeAll` shares out the machine, and the options of each decode. */
export interface BatchOptions extends DecodeOptions {
  /** Sources at hand at a time. Default: two more than there are threads, so that no thread waits for the next. */
  readonly concurrency?: number | undefined;
  /** Bytes that decodes in flight hold together, encoded and decoded. Default: 256 MiB; `Infinity` lifts the limit. */
  readonly maxBytes?: number | undefined;
}

/** The options of `decodeAll`, checked and apart from those of each decode. */
export interface Batch {
  readonly concurrency: number;
  readonly maxBytes: number;
  readonly each: DecodeOptions;
}

export function checkBatch(options: BatchOptions): Batch {
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

/** Bytes are iterable, too: one by one, or piece by piece. Nobody can tell what a web stream holds. */
function isOneSource(sources: object): boolean {
  const byteStream = sources instanceof Readable && !sources.readableObjectMode;
  return byteStream || isReadableStream(sources) || ArrayBuffer.isView(sources);
}

/** What a batch does with each source. */
export interface BatchDecoder {
  decode(source: AudioSource): Promise<DecodedAudio>;
  probe(source: AudioSource): Promise<MediaInfo>;
}

export function decodeBatch(
  sources: BatchSources,
  { concurrency, maxBytes }: Batch,
  request: Request,
  decoder: BatchDecoder,
): Promise<PromiseSettledResult<DecodedAudio>[]> {
  const { signal } = request;
  heedErrorsOf(sources);
  // As many sources of this weight as there may be fit at once.
  const cheap = maxBytes / concurrency;
  return settleAll(sources, { concurrency, maxBytes, signal }, async (item): Promise<Task<DecodedAudio>> => {
    const source = typeof item === 'function' ? await untilAborted(item(), signal) : item;
    // It may have to wait for room.
    heedErrors(source);
    return {
      bytes: await weight(source, request, cheap, decoder.probe),
      run: () => decoder.decode(source),
    };
  });
}

/** Streams in an array may fail long before their turn. What an iterator gives, is made when its turn has come. */
export function heedErrorsOf(sources: unknown): void {
  if (Array.isArray(sources)) sources.forEach(heedErrors);
}
