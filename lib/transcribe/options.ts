import { checkSignal, flag, optionsOf, shown, typeError, wholeNumber, word } from '../checks.js';
import type { Thresholds } from './decisions.js';
import type { TranscribeOptions, TranscriberOptions, TranscriptionProgress } from './types.js';

/** Checks of all arguments: TypeErrors and RangeErrors at the call. */

const loadKeys = [
  'provider',
  'deviceId',
  'precision',
  'threads',
  'maxBatch',
  'maxQueue',
  'verify',
] as const satisfies readonly (keyof TranscriberOptions)[];

export function checkTranscriberOptions(given: TranscriberOptions): TranscriberOptions {
  const options = optionsOf('options', given, loadKeys);
  const { provider, deviceId, precision, threads, maxBatch, maxQueue, verify } = options;
  if (provider !== undefined) word('options.provider', provider, ['auto', 'cuda', 'webgpu', 'cpu']);
  if (deviceId !== undefined) wholeNumber('options.deviceId', deviceId, 0, 255);
  if (precision !== undefined) word('options.precision', precision, ['fp32', 'fp16', 'int8']);
  if (threads !== undefined) wholeNumber('options.threads', threads, 1, 1024);
  if (maxBatch !== undefined) wholeNumber('options.maxBatch', maxBatch, 1, 64);
  if (maxQueue !== undefined) wholeNumber('options.maxQueue', maxQueue, 0, 10_000_000);
  if (verify !== undefined) flag('options.verify', verify);
  return options;
}

const callKeys = [
  'language',
  'task',
  'prompt',
  'hotwords',
  'temperature',
  'noSpeechThreshold',
  'logProbThreshold',
  'compressionRatioThreshold',
  'conditionOnPreviousText',
  'timestamps',
  'vad',
  'windows',
  'signal',
  'onProgress',
] as const satisfies readonly (keyof TranscribeOptions)[];

/** The options of a call, checked, with defaults. */
export interface TranscribeRequest {
  readonly language: string | undefined;
  readonly task: 'transcribe' | 'translate';
  readonly prompt: string | undefined;
  readonly hotwords: string | undefined;
  /** At least one. */
  readonly temperatures: readonly number[];
  readonly thresholds: Thresholds;
  readonly conditionOnPreviousText: boolean;
  readonly timestamps: 'segment' | 'word' | false;
  readonly vad: boolean;
  readonly windows: 'sequential' | 'parallel';
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: TranscriptionProgress) => void) | undefined;
}

/** What the loaded model can do. */
export interface Abilities {
  /** Codes. */
  readonly languages: readonly string[];
  readonly multilingual: boolean;
  readonly vad: boolean;
}

const longestText = 100_000;

export function checkTranscribeOptions(given: TranscribeOptions, abilities: Abilities): TranscribeRequest {
  const options = optionsOf('options', given, callKeys);
  const { task = 'transcribe', timestamps = 'segment', windows = 'sequential', signal, onProgress } = options;
  word('options.task', task, ['transcribe', 'translate']);
  if (task === 'translate' && !abilities.multilingual) {
    throw new RangeError("options.task must be 'transcribe': the model knows English only");
  }
  if (timestamps !== false) word('options.timestamps', timestamps, ['segment', 'word']);
  word('options.windows', windows, ['sequential', 'parallel']);
  checkSignal(signal);
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw typeError('options.onProgress', 'a function', onProgress);
  }
  const { conditionOnPreviousText = true, vad = abilities.vad } = options;
  flag('options.conditionOnPreviousText', conditionOnPreviousText);
  flag('options.vad', vad);
  if (vad && !abilities.vad) {
    throw new RangeError('options.vad must be false: the folder of the model has no vad.onnx; export it with --vad');
  }
  return {
    language: checkLanguage(options.language, abilities),
    task,
    prompt: text('prompt', options.prompt),
    hotwords: text('hotwords', options.hotwords),
    temperatures: checkTemperatures(options.temperature ?? [0, 0.2, 0.4, 0.6, 0.8, 1]),
    thresholds: {
      noSpeechThreshold: threshold('noSpeechThreshold', options.noSpeechThreshold, 0.6),
      logProbThreshold: threshold('logProbThreshold', options.logProbThreshold, -1),
      compressionRatioThreshold: threshold('compressionRatioThreshold', options.compressionRatioThreshold, 2.4),
    },
    ...{ conditionOnPreviousText, timestamps, vad, windows, signal, onProgress },
  };
}

function checkLanguage(language: string | undefined, { languages, multilingual }: Abilities): string | undefined {
  if (!multilingual) {
    if (language === undefined || language === 'en') return 'en';
    throw new RangeError(`options.language must be 'en', the only language of the model, got ${shown(language)}`);
  }
  if (language === undefined) return undefined;
  if (typeof language !== 'string') throw typeError('options.language', 'a code such as en', language);
  if (languages.includes(language)) return language;
  throw new RangeError(
    `options.language must be a code that the model knows, such as ${languages.slice(0, 3).join(', ')}; got ${shown(language)}`,
  );
}

function text(name: string, value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw typeError(`options.${name}`, 'a string', value);
  if (value.length > longestText) {
    throw new RangeError(`options.${name} must have at most ${longestText} characters, got ${value.length}`);
  }
  return value.trim() === '' ? undefined : value;
}

function checkTemperatures(value: number | readonly number[]): readonly number[] {
  const list: unknown = typeof value === 'number' ? [value] : value;
  if (!Array.isArray(list) || list.length === 0 || list.length > 20) {
    throw typeError('options.temperature', 'a number, or a list of 1 to 20', value);
  }
  for (const each of list) {
    if (typeof each !== 'number') throw typeError('options.temperature', 'a number, or a list of them', each);
    if (!(each >= 0 && each <= 2)) throw new RangeError(`options.temperature must be from 0 to 2, got ${each}`);
  }
  return [...list];
}

function threshold(name: string, value: number | null | undefined, standard: number): number | undefined {
  if (value === null) return undefined;
  if (value === undefined) return standard;
  if (typeof value !== 'number' || Number.isNaN(value)) throw typeError(`options.${name}`, 'a number or null', value);
  return value;
}
