import { SingleBar } from 'cli-progress';
import { printable } from './terminal.js';

/**
 * A bar on standard error over many files, or the elapsed time of one, if standard error is a terminal.
 * Messages given to `say` wait until the bar is gone.
 */
export class Progress {
  readonly #bar: SingleBar | null;
  readonly #waiting: string[] = [];

  constructor(total: number, verb: string, file: string) {
    if (!process.stderr.isTTY) {
      this.#bar = null;
      return;
    }
    const many = `${verb} {bar} {value}/{total}  {file}`;
    const one = `${verb} {file}  {duration_formatted}`;
    this.#bar = new SingleBar({
      format: total > 1 ? many : one,
      stream: process.stderr,
      barsize: 30,
      clearOnComplete: true,
      hideCursor: true,
      barCompleteChar: '█',
      barIncompleteChar: '░',
      linewrap: false,
      // Interrupts are ours: the command that is aborted stops its bar.
      gracefulExit: false,
    });
    this.#bar.start(total, 0, { file: printable(file) });
  }

  /** One more file is done. */
  done(file: string): void {
    this.#bar?.increment(1, { file: printable(file) });
  }

  /** Prints to standard error. */
  say(text: string): void {
    if (this.#bar) this.#waiting.push(text);
    else process.stderr.write(text);
  }

  stop(): void {
    this.#bar?.stop();
    process.stderr.write(this.#waiting.splice(0).join(''));
  }
}
