import { appendFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { TranscribeProgress, Transcript } from '../../openai/index.js';
import { unwritable } from '../output/write_output.js';

/**
 * Parts of a recording that are done, kept beside the output until it is written: so that an interruption costs at most
 * the parts that were under way. A file of JSON lines: what was asked, and then each part.
 */
export class KeptParts {
  readonly #path: string;
  readonly #asked: string;
  readonly #parts = new Map<number, TranscribeProgress>();
  #begun: boolean;

  /** `asked`: all that shapes the parts. What was kept for something else is not used. */
  constructor(output: string, asked: object) {
    this.#path = join(dirname(output), `.${basename(output)}.parts`);
    this.#asked = JSON.stringify(asked);
    const [first, ...lines] = this.#read();
    this.#begun = first === this.#asked;
    if (!this.#begun) return;
    for (const line of lines) {
      const part = parsed(line);
      // The last line may be cut.
      if (part) this.#parts.set(part.index, part);
    }
  }

  /** Seconds that need not be asked for again. */
  get seconds(): number {
    return [...this.#parts.values()].reduce((sum, { seconds }) => sum + seconds, 0);
  }

  known({ index, start, seconds }: Omit<TranscribeProgress, 'transcript'>): Transcript | undefined {
    const part = this.#parts.get(index);
    return part?.start === start && part.seconds === seconds ? part.transcript : undefined;
  }

  add(part: TranscribeProgress): void {
    if (this.#parts.has(part.index)) return;
    this.#parts.set(part.index, part);
    try {
      if (!this.#begun) this.#begin();
      appendFileSync(this.#path, `${JSON.stringify(part)}\n`);
    } catch (error) {
      throw unwritable(this.#path, error as NodeJS.ErrnoException);
    }
  }

  #begin(): void {
    mkdirSync(dirname(this.#path), { recursive: true });
    // What is said in a recording is for nobody else.
    writeFileSync(this.#path, `${this.#asked}\n`, { mode: 0o600 });
    this.#begun = true;
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

function parsed(line: string): TranscribeProgress | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
