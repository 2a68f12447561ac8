import { randomUUID } from 'node:crypto';
import { shown } from '../checks.js';
import { CochleaError, RequestInvalidError } from '../errors.js';
import { type AudioPart, type LoadSource, resolveAudioParts } from '../load/index.js';
import type { CheckedRequest, EmbeddingDType, EncodeRequest, Item } from './types.js';

/** What a worker allows its requests. */
export interface RequestRules {
  readonly model: string;
  /** Element types that the tower can give. */
  readonly dtypes: readonly EmbeddingDType[];
  /** Clips of a request. */
  readonly items: number;
  /** Milliseconds. */
  readonly deadline: number;
}

type Fields = Readonly<Record<string, unknown>>;

const longestId = 256;
const forms = ['items', 'messages', 'multimodal_input'];

/**
 * A request as it came from a client, in whichever form, checked field by field. Fields that nobody knows are passed
 * over: other programs put theirs into the same object.
 *
 * @throws {RequestInvalidError} It is not one, or asks for what the worker does not have.
 */
export function checkRequest(request: EncodeRequest, rules: RequestRules): CheckedRequest {
  const fields = object('the request', request);
  const given = forms.filter((form) => fields[form] !== undefined);
  if (given.length !== 1) throw invalid(`the request must have one of ${forms.join(', ')}, got ${given.length}`);
  const { request_id, model, dtype, deadline_ms, lease } = fields;
  if (model !== undefined && model !== rules.model) {
    throw invalid(`model must be ${shown(rules.model)}, the one of this worker, got ${shown(model)}`);
  }
  if (dtype !== undefined && !rules.dtypes.includes(dtype as EmbeddingDType)) {
    throw invalid(`dtype must be ${rules.dtypes.join(' or ')}, got ${shown(dtype)}`);
  }
  // Counted before any of them is looked at: there may be millions.
  if (Array.isArray(fields.items)) checkCount(fields.items.length, rules.items);
  const items = itemsOf(fields);
  checkCount(items.length, rules.items);
  return {
    id: request_id === undefined ? randomUUID() : text('request_id', request_id),
    items,
    dtype: dtype as EmbeddingDType | undefined,
    deadline: Math.min(
      deadline_ms === undefined ? rules.deadline : number('deadline_ms', deadline_ms, 1),
      rules.deadline,
    ),
    lease: lease === undefined ? undefined : number('lease', lease, 0.001, 86_400),
    original: fields.multimodal_input === undefined ? undefined : fields,
  };
}

function checkCount(clips: number, most: number): void {
  if (clips === 0) throw invalid('the request has no audio');
  if (clips > most) throw invalid(`the request has ${clips} clips, more than ${most}`);
}

function itemsOf({ items, messages, multimodal_input }: Fields): readonly Item[] {
  if (messages !== undefined) return chatItems(messages);
  if (multimodal_input !== undefined) {
    const { audio_url } = object('multimodal_input', multimodal_input);
    if (typeof audio_url !== 'string') throw wrong('multimodal_input.audio_url', 'a string', audio_url);
    return [{ index: 0, id: undefined, source: part(audio_url), range: {} }];
  }
  if (!Array.isArray(items)) throw wrong('items', 'an array', items);
  return items.map((item, index) => itemOf(`items[${index}]`, item, index));
}

function chatItems(messages: unknown): readonly Item[] {
  try {
    return resolveAudioParts(messages as []).map(({ source }, index) => ({ index, id: undefined, source, range: {} }));
  } catch (cause) {
    if (!(cause instanceof CochleaError || cause instanceof TypeError)) throw cause;
    throw new RequestInvalidError('ERR_REQUEST_INVALID', cause.message, { cause });
  }
}

function itemOf(name: string, value: unknown, index: number): Item {
  const fields = object(name, value);
  const sources = ['audio_url', 'input_audio', 'bytes'].filter((key) => fields[key] !== undefined);
  if (sources.length !== 1) {
    throw invalid(`${name} must have one of audio_url, input_audio and bytes, got ${sources.length}`);
  }
  const { id, options = {} } = fields;
  return {
    index,
    id: id === undefined ? undefined : text(`${name}.id`, id),
    source: sourceOf(name, fields),
    range: rangeOf(`${name}.options`, options),
  };
}

/** Strings become parts of a message: as a source of their own, they could be paths. */
function sourceOf(name: string, { audio_url, input_audio, bytes }: Fields): LoadSource {
  if (bytes !== undefined) {
    if (typeof bytes === 'string') throw wrong(`${name}.bytes`, 'bytes, a Blob or a stream', bytes);
    return bytes as LoadSource;
  }
  if (audio_url !== undefined) {
    const url = typeof audio_url === 'string' ? audio_url : object(`${name}.audio_url`, audio_url).url;
    if (typeof url !== 'string') throw wrong(`${name}.audio_url`, 'a string, or an object with url', audio_url);
    return part(url);
  }
  const { data, format } = object(`${name}.input_audio`, input_audio);
  if (typeof data !== 'string') throw wrong(`${name}.input_audio.data`, 'a string of base64', data);
  if (format !== undefined && typeof format !== 'string') throw wrong(`${name}.input_audio.format`, 'a string', format);
  return { type: 'input_audio', input_audio: { data, format } };
}

function part(url: string): AudioPart {
  return { type: 'audio_url', audio_url: { url } };
}

function rangeOf(name: string, value: unknown): Item['range'] {
  const fields = object(name, value);
  const unknown = Object.keys(fields).find((key) => key !== 'start' && key !== 'end');
  if (unknown !== undefined) throw invalid(`${name}.${unknown} is not an option; there are: start, end`);
  const { start, end } = fields;
  return {
    ...(start !== undefined && { start: number(`${name}.start`, start) }),
    ...(end !== undefined && { end: number(`${name}.end`, end) }),
  };
}

function object(name: string, value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(name, 'an object', value);
  return value as Fields;
}

function text(name: string, value: unknown): string {
  if (typeof value !== 'string') throw wrong(name, 'a string', value);
  if (value.length > longestId) throw invalid(`${name} must have at most ${longestId} characters, got ${value.length}`);
  return value;
}

function number(name: string, value: unknown, min = -Infinity, max = Infinity): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong(name, 'a number', value);
  if (value < min || value > max) {
    throw invalid(`${name} must be ${max < Infinity ? `from ${min} to ${max}` : `at least ${min}`}, got ${value}`);
  }
  return value;
}

function wrong(name: string, expected: string, value: unknown): RequestInvalidError {
  return invalid(`${name} must be ${expected}, got ${shown(value)}`);
}

function invalid(message: string): RequestInvalidError {
  return new RequestInvalidError('ERR_REQUEST_INVALID', message);
}
