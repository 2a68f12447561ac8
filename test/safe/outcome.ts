import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AudioDecoderOptions, CochleaError, Damage, DecodedAudio } from '../../dist/index.js';

/**
 * Time bounds are what an idle machine meets; they are stretched by this much, to tell a hang from a busy
 * machine. A sanitizer needs more.
 */
export const slowness = Number(process.env.COCHLEA_SLOWNESS ?? 10);

/** So are memory bounds: a sanitizer keeps freed memory for a while, and some of its own beside every block. */
export const memorySlack = Number(process.env.COCHLEA_MEMORY_SLACK ?? 1);

/** The error that a promise rejects with. */
export async function errorOf(promise: Promise<unknown>): Promise<CochleaError> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error as CochleaError;
  }
  const frames = (value as DecodedAudio | undefined)?.frames;
  throw new Error(`expected a rejection, got a result${frames === undefined ? '' : ` of ${frames} frames`}`);
}

/** What `throws` throws. */
export function thrownBy(throws: () => unknown): Error {
  try {
    throws();
  } catch (error) {
    return error as Error;
  }
  throw new Error('expected an exception, got none');
}

/** What became of a decode in a process of its own. */
export interface Outcome {
  readonly code?: string;
  readonly limit?: string;
  readonly max?: number;
  readonly actual?: number;
  readonly message?: string;
  readonly frames?: number;
  readonly channels?: number;
  readonly sampleRate?: number;
  readonly peak?: number;
  readonly damage?: Damage;
  /** Milliseconds from the call to its end. */
  readonly milliseconds: number;
  /** How much the resident memory of the process grew at most during the decode. */
  readonly grownBytes: number;
}

/** Decodes bytes in a fresh process, where memory can be measured and a crash seen. */
export async function decodeApart(bytes: Uint8Array, options: AudioDecoderOptions = {}): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'cochlea-test-'));
  try {
    const path = join(folder, 'source');
    writeFileSync(path, bytes);
    const run = await runNode([
      fileURLToPath(new URL('decode-apart.mjs', import.meta.url)),
      path,
      JSON.stringify(options),
    ]);
    if (run.code !== 0)
      throw new Error(`the decode ended its process: code ${run.code}, signal ${run.signal}\n${run.stderr}`);
    return JSON.parse(run.stdout) as Outcome;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export interface Run {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly milliseconds: number;
}

/** Runs Node with these arguments until it ends, or kills it after 30 seconds. */
export function runNode(args: readonly string[]): Promise<Run> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(process.execPath, args, { timeout: 30_000 * slowness, killSignal: 'SIGKILL' });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({ code, signal, stdout, stderr, milliseconds: performance.now() - started });
    });
  });
}
