import {
  AddonUnavailableError,
  CochleaError,
  FetchRefusedError,
  LimitError,
  ProviderUnavailableError,
} from '../errors.js';
import { printable } from './terminal.js';

/** One file that failed; as a JSON line, the shape that `--json` prints. */
export interface Failure {
  readonly file: string;
  readonly ok: false;
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  /** For `ERR_AUDIO_LIMIT`: the limit, its value, and the value that exceeded it. */
  readonly limit?: { readonly name: string; readonly max: number; readonly actual: number };
}

/** A result could not be written. */
export class OutputError extends Error {
  readonly code: string;
  readonly remedy: string;

  constructor(message: string, code: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OutputError';
    this.code = code;
    this.remedy = remedy;
  }
}

/**
 * Describes the failure of one file. Errors that concern all files are thrown again: an interrupt, a missing addon, and
 * a provider that is not available.
 */
export function failureOf(file: string, error: unknown, signal: AbortSignal): Failure {
  if (signal.aborted || error instanceof AddonUnavailableError || error instanceof ProviderUnavailableError)
    throw error;
  if (error instanceof LimitError) {
    const { code, message, limit: name, max, actual } = error;
    return { file, ok: false, code, message, remedy: withFlags(error), limit: { name, max, actual } };
  }
  if (error instanceof CochleaError) {
    const { code, message } = error;
    const remedy = error instanceof FetchRefusedError ? refusalRemedy(error) : withFlags(error);
    return { file, ok: false, code, message, remedy };
  }
  if (error instanceof OutputError) {
    return { file, ok: false, code: error.code, message: error.message, remedy: error.remedy };
  }
  const message = error instanceof Error ? error.message : String(error);
  const remedy = 'This should not happen: please report it together with the file.';
  return { file, ok: false, code: 'ERR_UNEXPECTED', message, remedy };
}

/** Options that help. The user of a command is both sender and service. */
const flags: Readonly<Partial<Record<string, string>>> = {
  ERR_AUDIO_UNSUPPORTED_CONTAINER: 'Headerless PCM needs --raw.',
  ERR_AUDIO_UNSUPPORTED_LAYOUT: '--channels native, and --downmix mean, take any number of channels.',
  ERR_AUDIO_NO_STREAM: '`cochlea probe` lists the audio streams of a file.',
  seconds: '--max-seconds raises the limit.',
  timeout: '--timeout gives it more time.',
};

function withFlags(error: CochleaError): string {
  const more = flags[error instanceof LimitError ? error.limit : error.code];
  // A clip that is too long for its model has its own remedy.
  return more === undefined || error.remedy.includes('--') ? error.remedy : `${error.remedy} ${more}`;
}

/** Limits that were exceeded while more data may have followed. */
const counted = ['seconds', 'decodedBytes', 'inputBytes', 'bodyBytes'];

/** The option that allows it. */
function refusalRemedy({ reason, remedy }: FetchRefusedError): string {
  if (reason === 'scheme') return 'Give an https: address; for http: add --allow-http.';
  if (reason === 'host' || reason === 'address') return 'If this host is yours, add --allow-private.';
  return remedy;
}

/** Lines for standard error in text mode. */
export function failureLines(failure: Failure): string {
  const { file, code, message, remedy, limit } = failure;
  const met = limit && counted.includes(limit.name) ? 'met at least' : 'met';
  const allowed = limit ? ` (${limit.name}: at most ${limit.max}, ${met} ${limit.actual})` : '';
  return `${printable(file)}: ${printable(message)}\n  code:   ${code}${allowed}\n  remedy: ${remedy}\n`;
}
