import {
  checkSignal,
  flag,
  highestRate,
  lowestRate,
  optionsOf,
  shown,
  typeError,
  wholeNumber,
  word,
} from '../checks.js';
import { type SpeechFormat, speechFormats } from './engine.js';
import type { RecordingPlan, RecordingRequest } from './recording.js';
import { pcmRate } from './speech/formats.js';
import { needsOf, type TranscriptFormat, transcriptFormats } from './transcript/render.js';
import type { SpeechOptions, SpeechParams, TranscribeOptions, TranscribeParams } from './types.js';

const ownFields = [
  'model',
  'response_format',
  'language',
  'prompt',
  'temperature',
  'timestamp_granularities',
  'include',
];
const passedFields = ['chunking_strategy', 'known_speaker_names', 'known_speaker_references', 'keywords', 'languages'];
const speechFields = ['model', 'input', 'voice', 'response_format', 'speed', 'instructions', 'stream_format'];

/** The fields of a request, checked. */
export interface CheckedParams {
  readonly format: TranscriptFormat;
  readonly speakers: readonly string[];
  readonly request: Omit<RecordingRequest, 'source' | 'task'>;
}

/** @throws {TypeError | RangeError} Before anything is sent. */
export function checkParams(given: TranscribeParams): CheckedParams {
  const params = optionsOf('params', given, [...ownFields, ...passedFields]);
  const { model, response_format: format = 'json', language, prompt, temperature } = params;
  if (typeof model !== 'string' || model === '') throw typeError('params.model', 'the name of a model', model);
  word('params.response_format', format, transcriptFormats);
  for (const name of ['language', 'prompt'] as const) {
    const value = params[name];
    if (value !== undefined && typeof value !== 'string') throw typeError(`params.${name}`, 'text', value);
  }
  if (temperature !== undefined) numberBetween('params.temperature', temperature, 0, 1);
  const granularities = listOf('timestamp_granularities', params.timestamp_granularities, ['word', 'segment']);
  const include = listOf('include', params.include, ['logprobs']);
  if (granularities && format !== 'verbose_json') {
    throw new RangeError(`params.timestamp_granularities goes with verbose_json, got ${format}`);
  }
  if (include && format !== 'json') throw new RangeError(`params.include goes with json, got ${format}`);
  const fields = Object.fromEntries(Object.entries(params).filter(([name]) => passedFields.includes(name)));
  return {
    format,
    speakers: params.known_speaker_names ?? [],
    request: { model, language, prompt, temperature, needs: needsOf(format, granularities, include), fields },
  };
}

/** @throws {TypeError} */
export function checkPlan(given: TranscribeOptions, concurrency: number, speakers: readonly string[]): RecordingPlan {
  const {
    signal,
    chain,
    onPartError = 'finish',
    known,
    onProgress,
    onDamage,
  } = optionsOf('options', given, ['signal', 'chain', 'onPartError', 'known', 'onProgress', 'onDamage']);
  checkSignal(signal);
  word('options.onPartError', onPartError, ['finish', 'abort']);
  for (const [name, value] of Object.entries({ known, onProgress, onDamage })) {
    if (value !== undefined && typeof value !== 'function') throw typeError(`options.${name}`, 'a function', value);
  }
  return {
    signal: signal ?? new AbortController().signal,
    concurrency,
    chain: flag('options.chain', chain ?? false),
    onPartError,
    speakers,
    known: ({ index, start, seconds }) => known?.({ index, start, seconds }),
    onDamage: (damage) => onDamage?.(damage),
    onPart: ({ index, start, seconds }, transcript) => onProgress?.({ index, start, seconds, transcript }),
  };
}

/** @throws {TypeError | RangeError} */
export function checkSpeech(given: SpeechParams): SpeechParams & { readonly response_format: SpeechFormat } {
  const params = optionsOf('params', given, speechFields);
  const { model, input, voice, response_format = 'mp3', speed, instructions, stream_format } = params;
  for (const [name, value] of Object.entries({ model, input })) {
    if (typeof value !== 'string' || value === '') throw typeError(`params.${name}`, 'text', value);
  }
  const named = typeof voice === 'string' ? voice : (voice as { id?: unknown } | undefined)?.id;
  if (typeof named !== 'string' || named === '') throw typeError('params.voice', 'the name of a voice', voice);
  word('params.response_format', response_format, speechFormats);
  if (speed !== undefined) numberBetween('params.speed', speed, 0.25, 4);
  if (instructions !== undefined && typeof instructions !== 'string') {
    throw typeError('params.instructions', 'text', instructions);
  }
  if (stream_format !== undefined) word('params.stream_format', stream_format, ['audio', 'sse']);
  return { ...params, response_format } as SpeechParams & { readonly response_format: SpeechFormat };
}

/** @throws {TypeError | RangeError} */
export function checkSpeechOptions(given: SpeechOptions): {
  readonly signal: AbortSignal;
  readonly pcmSampleRate: number;
} {
  const { signal, pcmSampleRate = pcmRate } = optionsOf('options', given, ['signal', 'pcmSampleRate']);
  checkSignal(signal);
  wholeNumber('options.pcmSampleRate', pcmSampleRate, lowestRate, highestRate);
  return { signal: signal ?? new AbortController().signal, pcmSampleRate };
}

function numberBetween(name: string, value: unknown, least: number, most: number): void {
  if (typeof value !== 'number') throw typeError(name, 'a number', value);
  if (!(value >= least && value <= most))
    throw new RangeError(`${name} must be ${least} … ${most}, got ${shown(value)}`);
}

function listOf<Word extends string>(
  name: string,
  value: readonly Word[] | undefined,
  words: readonly Word[],
): readonly Word[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.length === 0) throw typeError(`params.${name}`, 'a list', value);
  for (const [i, each] of value.entries()) word(`params.${name}[${i}]`, each, words);
  return value;
}
