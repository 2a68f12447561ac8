import { shown } from '../checks.js';
import { type CochleaError, ServiceFailedError } from '../errors.js';
import type { Producer } from '../producers/types.js';
import type { TransferDescriptor } from '../transfer/index.js';
import type { EncodedItem } from '../worker/index.js';
import { type Clean, errorFrom, FailedTry, mayWorkAgain } from './failure.js';
import { linesOf } from './lines.js';

/** What an answer says of one clip of what was asked for. */
export type Reply =
  | { readonly index: number; readonly item: EncodedItem }
  | { readonly index: number; readonly error: CochleaError };

/** How an answer is read. */
export interface Reading {
  /** Clips that were asked for. */
  readonly clips: number;
  /** Bytes of a line, at most. */
  readonly maxLineBytes: number;
  readonly clean: Clean;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * The replies of an answer, each as soon as it is there, up to its summary. Each line is checked: one reply for each
 * clip, with all of its fields, and a summary when all are there.
 *
 * @throws {FailedTry} The service says that it failed, or the answer is not what it should be.
 */
export async function* repliesOf(producer: Producer, reading: Reading): AsyncGenerator<Reply, void> {
  const { clips, maxLineBytes, clean } = reading;
  const missing = new Set(Array.from({ length: clips }, (_, index) => index));
  for await (const line of linesOf(producer, maxLineBytes)) {
    const fields = fieldsOf(line);
    if (isObject(fields.summary)) {
      if (missing.size > 0) throw broken(`it has a summary, but nothing about ${missing.size} clips`);
      return;
    }
    if (fields.index === undefined && fields.error !== undefined) throw given(fields.error, clean);
    const { index } = fields;
    if (!missing.delete(index as number)) throw broken(`it answers clip ${shown(index)}, which nobody waits for`);
    yield replyOf(index as number, fields, clean);
  }
  throw broken('it ends before its summary');
}

function fieldsOf(line: string): Fields {
  try {
    const value: unknown = JSON.parse(line);
    if (isObject(value)) return value;
  } catch {
    // Said below.
  }
  throw broken(`a line of it is no JSON object: ${shown(line.slice(0, 40))}`);
}

function given(value: unknown, clean: Clean): FailedTry {
  const error = errorFrom(value, clean);
  return error ? new FailedTry(error, mayWorkAgain(error)) : broken('it ends with an error that does not say which');
}

function replyOf(index: number, fields: Fields, clean: Clean): Reply {
  if (fields.error === undefined) return { index, item: itemOf(index, fields) };
  const error = errorFrom(fields.error, clean);
  if (error === undefined) throw broken(`the error of clip ${index} does not say which`);
  return { index, error };
}

/** The receiver checks the descriptor itself. */
function itemOf(index: number, fields: Fields): EncodedItem {
  const { embeddings_shape, embedding_dtype, tokens, duration, content_id, transfer, timings, warnings } = fields;
  const { request } = fields;
  const descriptor = isObject(transfer) ? transfer : {};
  const isWhole =
    Array.isArray(embeddings_shape) &&
    embeddings_shape.length === 2 &&
    embeddings_shape[0] === tokens &&
    String(descriptor.shape) === String(embeddings_shape) &&
    descriptor.dtype === embedding_dtype &&
    Number.isSafeInteger(tokens) &&
    Number.isFinite(duration) &&
    typeof content_id === 'string' &&
    isObject(timings) &&
    Array.isArray(warnings) &&
    (request === undefined || isObject(request));
  if (!isWhole) throw broken(`what it says of clip ${index} is not whole`);
  return {
    index,
    embeddings_shape: embeddings_shape as unknown as readonly [number, number],
    embedding_dtype: embedding_dtype as EncodedItem['embedding_dtype'],
    tokens: tokens as number,
    duration: duration as number,
    content_id,
    transfer: descriptor as unknown as TransferDescriptor,
    timings: timings as unknown as EncodedItem['timings'],
    warnings: warnings.map(String),
    ...(request !== undefined && { request }),
  };
}

function broken(what: string): FailedTry {
  return new FailedTry(new ServiceFailedError(`the answer of the service is not valid: ${what}`), true);
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
