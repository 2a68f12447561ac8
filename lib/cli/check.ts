import { join } from 'node:path';
import { type AudioDecoder, CochleaError } from '../index.js';
import { differences, type Expected, type Measured } from './expected.js';

/** What became of one file: as expected (`ok`, `error`), or not (`mismatch`). */
export interface Verdict {
  readonly file: string;
  readonly ok: boolean;
  readonly result: 'ok' | 'error' | 'mismatch';
  /** Of the decode to 16 kHz mono. */
  readonly milliseconds: number;
  readonly measured?: Measured;
  readonly codec?: string;
  /** Code of the error, if it ended in one. */
  readonly code?: string;
  readonly message?: string;
  /** Why it is a mismatch. */
  readonly differences?: readonly string[];
}

export interface CheckLimits {
  /** Milliseconds after which an error comes too late. */
  readonly errorWithin: number;
  readonly signal: AbortSignal;
}

/** Decodes one file and compares it with what is known of it; with nothing known, any typed error will do. */
export async function check(
  decoder: AudioDecoder,
  folder: string,
  file: string,
  expected: Expected | null,
  limits: CheckLimits,
): Promise<Verdict> {
  const start = performance.now();
  const elapsed = () => Math.round((performance.now() - start) * 10) / 10;
  const path = join(folder, file);
  const { signal } = limits;
  try {
    const mono = await decoder.decode(path, {
      sampleRate: 16_000,
      channels: 1,
      downmix: 'mean',
      quality: 'HQ',
      signal,
    });
    const milliseconds = elapsed();
    const native = await decoder.decode(path, { channels: 'native', downmix: 'none', signal });
    const { sampleRate, channels, frames } = native;
    const measured = { sampleRate, channels, frames, frames16k: mono.frames, ...levels(mono.data) };
    const facts = { file, milliseconds, measured, codec: native.source.codec };
    const wrong = expected?.decodable === false ? ['it decoded, expected an error'] : [];
    if (expected?.decodable) wrong.push(...differences(measured, expected));
    if (wrong.length > 0) return { ...facts, ok: false, result: 'mismatch', differences: wrong };
    return { ...facts, ok: true, result: 'ok' };
  } catch (error) {
    signal.throwIfAborted();
    return judgeError(file, error, elapsed(), expected, limits);
  }
}

function judgeError(
  file: string,
  error: unknown,
  milliseconds: number,
  expected: Expected | null,
  limits: CheckLimits,
): Verdict {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof CochleaError ? error.code : undefined;
  const facts = { file, milliseconds, message, ...(code && { code }) };
  const wrong: string[] = [];
  if (!code) wrong.push(`it failed with an error that is no CochleaError: ${message}`);
  else if (expected?.decodable) wrong.push(`${code}, expected audio: ${message}`);
  else if (code === 'ERR_AUDIO_SOURCE') wrong.push(`the file cannot be read: ${message}`);
  else if (error instanceof CochleaError && error.fault === 'server') wrong.push(`${code}: ${message}`);
  if (milliseconds > limits.errorWithin) {
    wrong.push(`the error came after ${Math.round(milliseconds)} ms, expected within ${limits.errorWithin} ms`);
  }
  if (wrong.length > 0) return { ...facts, ok: false, result: 'mismatch', differences: wrong };
  return { ...facts, ok: true, result: 'error' };
}

function levels(samples: Float32Array): { rms16k: number; peak16k: number } {
  let energy = 0;
  let peak = 0;
  for (const sample of samples) {
    energy += sample * sample;
    peak = Math.max(peak, Math.abs(sample));
  }
  return { rms16k: samples.length === 0 ? 0 : Math.sqrt(energy / samples.length), peak16k: peak };
}
