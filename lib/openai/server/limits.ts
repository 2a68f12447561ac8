import { optionsOf, typeError, wholeNumber } from '../../checks.js';

/** What a server takes at once. Longer or larger audio is sent in parts. */
export interface ServerLimits {
  /** Bytes of an upload. Default: 25 MiB, which is OpenAI's. */
  readonly bytes: number;
  /** Seconds of audio. Default: 1400 for gpt-4o-transcribe and its kin, which refuse more, and 600 otherwise. */
  readonly seconds?: number | undefined;
}

/** Models that refuse longer audio, by the beginning of their names. whisper-1 knows no limit but the bytes. */
const known = [
  ['gpt-4o', 1400],
  ['gpt-transcribe', 1400],
  ['whisper-1', Number.POSITIVE_INFINITY],
] as const;

/** vLLM's default is 600. */
const otherwise = 600;

/** The most that FLAC makes of mono samples at 16 kHz: 16 bits as they are, and less than 1 % of headers. */
const bytesPerSecond = 16_000 * 2 * 1.01;
/** Of the form around the file. */
export const formBytes = 8 * 1024;

/** The longest audio that the server takes. */
export function mostSeconds(model: string, { seconds }: ServerLimits): number {
  const [, limit] = known.find(([prefix]) => model.startsWith(prefix)) ?? [undefined, otherwise];
  return seconds ?? limit;
}

/** The longest part that is below both limits, whatever is said in it. */
export function secondsOf(model: string, limits: ServerLimits): number {
  return Math.min(mostSeconds(model, limits), Math.floor(((limits.bytes - formBytes) / bytesPerSecond) * 1000) / 1000);
}

/** @throws {TypeError | RangeError} */
export function checkLimits(given: Partial<ServerLimits> = {}): ServerLimits {
  const { bytes = 25 * 1024 ** 2, seconds } = optionsOf('options.limits', given, ['bytes', 'seconds']);
  wholeNumber('options.limits.bytes', bytes, 256 * 1024, Number.MAX_SAFE_INTEGER);
  if (seconds !== undefined) {
    if (typeof seconds !== 'number') throw typeError('options.limits.seconds', 'a number', seconds);
    if (!(seconds >= 5)) throw new RangeError(`options.limits.seconds must be at least 5, got ${seconds}`);
  }
  return { bytes, seconds };
}
