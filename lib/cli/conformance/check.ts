import { join } from 'node:path';
import { type AudioDecoder, CochleaError } from '../../index.js';
import { differences, type Expected, type Measured } from './expected.js';

/** The result of one file: as expected (`ok`, `error`), or not (`mismatch`). */
export interface Verdict {
  readonly file: string;
  readonly ok: boolean;
  readonly result: 'ok' | 'error' | 'mismatch';
  /** Time of the decode to 16 kHz mono. */
  readonly milliseconds: number;
  readonly measured?: Measured;
  readonly codec?: string;
  /** Code of the error, if it ended in one. */
  readonly code?: string;
  readonly message?: string;
  /** Why it is a mismatch. */
  readonly differences?: readonly string[];
}

/** One file to check. */
export interface CheckTask {
  readonly folder: string;
  /** Relative to the folder. */
  readonly file: string;
  /** Without it, any typed error is accepted. */
  readonly expected: Expected | null;
  /** Milliseconds in which an error must come. */
  readonly errorWithin: number;
}

/** Decodes one file, and compares it with its expected facts. */
export async function check(decoder: AudioDecoder, task: CheckTask): Promise<Verdict> {
  const { folder, file, expected } = task;
  const path = join(folder, file);
  const start = performance.now();
  const elapsed = () => Math.round((performance.now() - start) * 10) / 10;
  try {
    const mono = await decoder.decode(path, { sampleRate: 16_000, channels: 1, downmix: 'mean', quality: 'HQ' });
    const milliseconds = elapsed();
    const native = await decoder.decode(path, { channels: 'native', downmix: 'none' });
    const { sampleRate, channels, frames } = native;
    const measured = { sampleRate, channels, frames, frames16k: mono.frames, ...levels(mono.data) };
    const facts = { file, milliseconds, measured, codec: native.source.codec };
    const wrong = expected?.decodable === false ? ['it decoded, expected an error'] : [];
    if (expected?.decodable) wrong.push(...differences(measured, expected));
    if (wrong.length > 0) return { ...facts, ok: false, result: 'mismatch', differences: wrong };
    return { ...facts, ok: true, result: 'ok' };
  } catch (error) {
    return judgeError(error, elapsed(), task);
  }
}

function judgeError(error: unknown, milliseconds: number, { file, expected, errorWithin }: CheckTask): Verdict {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof CochleaError ? error.code : undefined;
  const facts = { file, milliseconds, message, ...(code && { code }) };
  const wrong: string[] = [];
  if (!code) wrong.push(`it failed with an error that is no CochleaError: ${message}`);
  else if (expected?.decodable) wrong.push(`${code}, expected audio: ${message}`);
  else if (code === 'ERR_AUDIO_SOURCE') wrong.push(`the file cannot be read: ${message}`);
  else if (error instanceof CochleaError && error.fault === 'server') wrong.push(`${code}: ${message}`);
  if (milliseconds > errorWithin) {
    wrong.push(`the error came after ${Math.round(milliseconds)} ms, expected within ${errorWithin} ms`);
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
