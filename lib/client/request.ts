import { randomUUID } from 'node:crypto';
import { isAnyArrayBuffer, isUint8Array } from 'node:util/types';
import { shown } from '../checks.js';
import { CochleaError, RequestInvalidError } from '../errors.js';
import { type ChatMessage, resolveAudioParts } from '../load/index.js';
import { checkAttached } from '../native/memory.js';
import { isBlob, isURL } from '../realm.js';
import type { TransferMode } from '../transfer/index.js';
import type { EncodeRequest } from '../worker/index.js';
import { type Bytes, JsonBody } from './body.js';
import type { ClipSource } from './types.js';

type Fields = Readonly<Record<string, unknown>>;

/** A clip as JSON, in pieces: its bytes are among them. */
interface Clip {
  readonly id: string | undefined;
  readonly parts: readonly (string | Bytes)[];
}

/**
 * A request of which single clips can be asked for. It was made into JSON when it was given: what the caller changes
 * later changes nothing, but for the bytes of files.
 */
export interface Question {
  /** Of the request. */
  readonly id: string;
  /** Of each clip; as many as there are clips. */
  readonly ids: readonly (string | undefined)[];
  /** Milliseconds. */
  readonly deadline: number;
  /** Asks for some of the clips: those of the answer are numbered anew. */
  bodyFor(clips: readonly number[], deadline: number): JsonBody;
  /** Dynamo's request, which goes on to the next worker: without what was put into it for the service. */
  restored(request: Fields): Fields;
}

/** What a try may say in its own way. */
const ours = ['request_id', 'deadline_ms', 'transfer'];

/**
 * Takes a request apart into its clips. The service checks the rest of it.
 *
 * @throws {RequestInvalidError} It is none, or has no clips, or one that cannot be sent.
 */
export function questionOf(request: EncodeRequest, timeout: number, transfer: TransferMode | undefined): Question {
  const fields = object('the request', request);
  const { items, messages, deadline_ms, ...rest } = fields;
  const { multimodal_input } = rest;
  const forms = [items, messages, multimodal_input].filter((form) => form !== undefined).length;
  if (forms !== 1) throw invalid(`the request must have one of items, messages, multimodal_input, got ${forms}`);
  const id = rest.request_id ?? randomUUID();
  if (typeof id !== 'string') throw invalid(`request_id must be a string, got ${shown(id)}`);
  const head = json({ ...rest, request_id: id, ...(transfer !== undefined && { transfer }) });
  const deadline = Math.min(timeout, deadline_ms === undefined ? timeout : milliseconds(deadline_ms));
  // Dynamo's form has one clip, and its answer has the request in it.
  const clips = multimodal_input === undefined ? clipsOf(items, messages) : [];
  const own = chosen(fields, (name) => ours.includes(name));
  const ids = multimodal_input === undefined ? clips.map((clip) => clip.id) : [undefined];
  return {
    id,
    ids,
    deadline,
    bodyFor(indexes, left) {
      const start = `${head.slice(0, -1)},"deadline_ms":${left}`;
      if (clips.length === 0) return new JsonBody([`${start}}`]);
      const asked = indexes.flatMap((index, i) => [...(i === 0 ? [] : [',']), ...(clips[index] as Clip).parts]);
      return new JsonBody([`${start},"items":[`, ...asked, ']}']);
    },
    restored: (answered) => ({ ...chosen(answered, (name) => !ours.includes(name)), ...own }),
  };
}

/** The request for one clip; `undefined` if it is not the source of one. */
export function requestFor(source: ClipSource | EncodeRequest): EncodeRequest | undefined {
  if (typeof source === 'string') return { items: [{ audio_url: source }] };
  if (isURL(source)) return { items: [{ audio_url: source.href }] };
  if (bytesOf(source) === undefined) return undefined;
  return { items: [{ bytes: source as Exclude<ClipSource, string | URL> }] };
}

function clipsOf(items: unknown, messages: unknown): readonly Clip[] {
  const list = messages === undefined ? items : partsOf(messages);
  if (!Array.isArray(list)) throw invalid(`items must be an array, got ${shown(list)}`);
  if (list.length === 0) throw invalid('the request has no audio');
  return list.map((item, index) => clipOf(`items[${index}]`, item));
}

/** The audio of a chat as a list of clips, which is what it is to a worker. */
function partsOf(messages: unknown): readonly Fields[] {
  try {
    return resolveAudioParts(messages as ChatMessage[]).map(({ source }) =>
      source.type === 'audio_url' ? { audio_url: source.audio_url } : { input_audio: source.input_audio },
    );
  } catch (cause) {
    if (!(cause instanceof CochleaError || cause instanceof TypeError)) throw cause;
    throw new RequestInvalidError('ERR_REQUEST_INVALID', cause.message, { cause });
  }
}

function clipOf(name: string, value: unknown): Clip {
  const { bytes, ...rest } = object(name, value);
  const { id } = rest;
  if (id !== undefined && typeof id !== 'string') throw invalid(`${name}.id must be a string, got ${shown(id)}`);
  const text = json(rest);
  if (bytes === undefined) return { id, parts: [text] };
  const file = bytesOf(bytes);
  if (file === undefined) {
    const expected = 'bytes in memory or a Blob, since each try sends them anew; an address belongs into audio_url';
    throw invalid(`${name}.bytes must be ${expected}, got ${shown(bytes)}`);
  }
  const start = text.slice(0, -1);
  return { id, parts: [`${start}${text.length > 2 ? ',' : ''}"input_audio":{"data":"`, file, '"}}'] };
}

/** @throws {TypeError} Its memory was transferred elsewhere. */
function bytesOf(value: unknown): Bytes | undefined {
  if (isUint8Array(value) || ArrayBuffer.isView(value)) {
    const { byteOffset, byteLength } = value;
    return new Uint8Array(checkAttached('bytes', value.buffer), byteOffset, byteLength);
  }
  if (isAnyArrayBuffer(value)) return new Uint8Array(checkAttached('bytes', value));
  return isBlob(value) ? value : undefined;
}

function chosen(fields: Fields, isChosen: (name: string) => boolean): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => isChosen(name)));
}

function milliseconds(value: unknown): number {
  if (typeof value === 'number' && value >= 1 && value < Infinity) return value;
  throw invalid(`deadline_ms must be at least 1 millisecond, got ${shown(value)}`);
}

function json(value: Fields): string {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    throw new RequestInvalidError('ERR_REQUEST_INVALID', `the request cannot be JSON: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function object(name: string, value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(`${name} must be an object, got ${shown(value)}`);
  }
  return value as Fields;
}

function invalid(message: string): RequestInvalidError {
  return new RequestInvalidError('ERR_REQUEST_INVALID', message);
}
