import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { TranscribeProgress, Transcript } from '../../openai/index.js';
import { unwritable } from '../output/write_output.js';

/** A line of the file. */
interface Line extends TranscribeProgress {
  /** What was asked for: another run may write to the same file. */
  readonly asked: string;
}

/**
 * Parts of a recording that are done, kept beside the output until it is written: so that an interruption costs at most
 * the parts that were under way. A file of JSON lines. Lines that are cut or wrong are passed over: their parts are asked
 * for again.
 */
export class KeptParts {
  readonly #path: string;
  readonly #asked: string;
  readonly #parts = new Map<number, TranscribeProgress>();
  #begun = false;

  /** `asked`: all that shapes the parts. What was kept for something else is not used. */
  constructor(output: string, asked: object) {
    this.#path = join(dirname(output), `.${basename(output)}.parts`);
    this.#asked = createHash('sha256').update(JSON.stringify(asked)).digest('base64url');
    const mine = this.#read().flatMap((line) => parsed(line) ?? []);
    for (const { asked, ...part } of mine) if (asked === this.#asked) this.#parts.set(part.index, part);
  }

  /** Seconds that need not be asked for again. */
  get seconds(): number {
    return [...this.#parts.values()].reduce((sum, { seconds }) => sum + seconds, 0);
  }

  known({ index, start, seconds }: Omit<TranscribeProgress, 'transcript'>): Transcript | undefined {
    const part = this.#parts.get(index);
    return part?.start === start && part.seconds === seconds ? part.transcript : undefined;
  }

  /** @throws {OutputError} It cannot be written. */
  add(part: TranscribeProgress): void {
    if (this.#parts.get(part.index)?.transcript === part.transcript) return;
    try {
      if (!this.#begun) this.#begin();
      this.#parts.set(part.index, part);
      appendFileSync(this.#path, this.#line(part), { mode: 0o600 });
    } catch (error) {
      throw unwritable(this.#path, error as NodeJS.ErrnoException);
    }
  }

  /** Writes those that were read anew: behind a line that was cut, another one would be lost. */
  #begin(): void {
    mkdirSync(dirname(this.#path), { recursive: true });
    // Made anew, since it may be a link to another file. What is said in a recording is for nobody else.
    rmSync(this.#path, { force: true });
    writeFileSync(this.#path, [...this.#parts.values()].map((each) => this.#line(each)).join(''), {
      flag: 'wx',
      mode: 0o600,
    });
    this.#begun = true;
  }

  #line(part: TranscribeProgress): string {
    return `${JSON.stringify({ asked: this.#asked, ...part } satisfies Line)}\n`;
  }

  /** The output is written. */
  drop(): void {
    rmSync(this.#path, { force: true });
  }

  #read(): string[] {
    try {
      return readFileSync(this.#path, 'utf8').split('\n');
    } catch {
      return [];
    }
  }
}

/** What tells one version of a source from another. */
export function versionOf(source: string): object {
  const { size, mtimeMs } = statSync(source, { throwIfNoEntry: false }) ?? {};
  return { source, size, mtimeMs };
}

/** `undefined`: it is none. Anybody who can write to the folder may have written it. */
function parsed(line: string): Line | undefined {
  try {
    const value = JSON.parse(line) as Line;
    const { index, start, seconds, transcript } = value;
    const { text, duration, segments = [], words = [] } = transcript;
    const isWhole =
      [index, start, seconds, duration].every(Number.isFinite) &&
      typeof text === 'string' &&
      segments.every((each) => isTimed(each) && typeof each.text === 'string') &&
      words.every((each) => isTimed(each) && typeof each.word === 'string');
    return isWhole ? value : undefined;
  } catch {
    return undefined;
  }
}

function isTimed({ start, end }: { readonly start: number; readonly end: number }): boolean {
  return Number.isFinite(start) && Number.isFinite(end) && start >= 0 && end >= start;
}
