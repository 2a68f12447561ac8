import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { slowness } from '../safe/outcome.js';

/** What tools/interop.sh installs. */
const cache = process.env.COCHLEA_CACHE ?? join(homedir(), '.cache', 'cochlea');
export const environment = join(cache, 'interop', 'venv');
export const python = join(environment, 'bin', 'python');
export const isInstalled = existsSync(join(environment, '.complete'));
/** Of the tests that need it: they are skipped where it is not there, and say so. */
export const whyNot = `tools/interop.sh has not been run here: ${environment} is missing`;

export type Reader = 'local' | 'nixl-read' | 'nixl-write' | 'nixl-connect';

export interface Answer {
  readonly shape?: readonly number[];
  readonly dtype?: string;
  /** XXH3-64 of the elements. */
  readonly digest?: string;
  readonly milliseconds?: number;
  readonly error?: string;
}

/** Dynamo's readers in a process of their own. */
export class Dynamo {
  readonly #process = spawn(python, [fileURLToPath(new URL('dynamo_readers.py', import.meta.url))], {
    stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
    timeout: 120_000 * slowness,
    killSignal: 'SIGKILL',
  });
  readonly #waiting: ((answer: Answer) => void)[] = [];
  #log = '';

  constructor() {
    const answers = this.#process.stdio[3] as NodeJS.ReadableStream;
    createInterface({ input: answers }).on('line', (line) => this.#waiting.shift()?.(JSON.parse(line)));
    this.#process.stderr.on('data', (text) => {
      this.#log = `${this.#log}${text}`.slice(-4000);
    });
    this.#process.on('exit', (code, signal) => {
      for (const tell of this.#waiting) tell({ error: `it ended with ${signal ?? code}: ${this.#log}` });
    });
  }

  get pid(): number {
    return this.#process.pid as number;
  }

  receive(reader: Reader, request: unknown): Promise<Answer> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#process.stdin.write(`${JSON.stringify({ reader, request })}\n`);
    });
  }

  /** At once, wherever it is. */
  kill(): void {
    this.#process.kill('SIGKILL');
  }

  async close(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = new Promise((resolve) => this.#process.on('exit', resolve));
    this.#process.stdin.end();
    await exited;
  }
}
