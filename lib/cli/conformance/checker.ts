import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { CheckTask, Verdict } from './check.js';

/**
 * Runs checks in a separate process. So a file that crashes or hangs the decoder is a mismatch in the report, and does
 * not end the command. One check at a time.
 */
export class Checker {
  readonly #hangAfter: number;
  readonly #signal: AbortSignal;
  #process: ChildProcess | null = null;

  /** `hangAfter`: milliseconds after which a check counts as hanging. */
  constructor(hangAfter: number, signal: AbortSignal) {
    this.#hangAfter = hangAfter;
    this.#signal = signal;
  }

  async check(task: CheckTask): Promise<Verdict> {
    this.#signal.throwIfAborted();
    const child = this.#running();
    const settled = new AbortController();
    const signal = AbortSignal.any([settled.signal, this.#signal]);
    const start = performance.now();
    const timer = setTimeout(() => child.kill('SIGKILL'), this.#hangAfter);
    // Sending fails only if the process has died, which `exit` reports.
    child.send(task, () => {});
    try {
      const answer = once(child, 'message', { signal }).then(([verdict]) => verdict as Verdict);
      const end = once(child, 'exit', { signal }).then(([code, name]) => {
        const milliseconds = Math.round(performance.now() - start);
        const hung = milliseconds >= this.#hangAfter;
        const why = hung
          ? `it did not end within ${this.#hangAfter} ms`
          : `the process died (${name ?? `exit code ${code}`})`;
        return { file: task.file, ok: false, result: 'mismatch', milliseconds, differences: [why] } as const;
      });
      // The other wait is aborted below.
      answer.catch(() => {});
      end.catch(() => {});
      return await Promise.race([answer, end]);
    } finally {
      clearTimeout(timer);
      settled.abort();
    }
  }

  stop(): void {
    this.#process?.kill('SIGKILL');
    this.#process = null;
  }

  #running(): ChildProcess {
    if (this.#process) return this.#process;
    // Its output goes to standard error: standard output belongs to the report.
    const child = fork(join(__dirname, 'check_process.js'), { stdio: ['ignore', 2, 'inherit', 'ipc'] });
    child.once('exit', () => {
      if (this.#process === child) this.#process = null;
    });
    this.#process = child;
    return child;
  }
}
