import cliProgress, { type Options, type Params, type SingleBar } from 'cli-progress';
import { isDumb, printable } from './terminal.js';
import { bytes, duration } from './wording.js';

/** Values that are shown besides the counts. */
interface Shown {
  readonly file: string;
  /** Bytes of addresses so far, and their total if it is known. */
  readonly received: number;
  readonly announced: number | null;
  /** Seconds of audio that are done, and of how many, if that is known. */
  readonly heard: number;
  readonly length: number | null;
}

/**
 * A progress bar on standard error, if that is a terminal. It shows the files of several, the bytes of one address, or
 * the elapsed time of one file. Messages of `say` wait until the bar has ended.
 */
export class Progress {
  readonly #bar: SingleBar | null;
  readonly #waiting: string[] = [];
  #heard = 0;
  /** Bytes so far of each address. */
  readonly #received = new Map<string, number>();

  constructor(total: number, verb: string, file: string) {
    if (!process.stderr.isTTY || isDumb()) {
      this.#bar = null;
      return;
    }
    this.#bar = new cliProgress.SingleBar({
      format: (options: Options, params: Params, shown: Shown) => line(verb, options, params, shown),
      stream: process.stderr,
      barsize: 30,
      clearOnComplete: true,
      hideCursor: true,
      barCompleteChar: '█',
      barIncompleteChar: '░',
      linewrap: false,
      // Interrupts are handled by the command, which stops its bar.
      gracefulExit: false,
    });
    const shown: Shown = { file: printable(file), received: 0, announced: null, heard: 0, length: null };
    this.#bar.start(total, 0, shown);
  }

  /** Counts one more finished file. */
  done(file: string): void {
    this.#bar?.increment(1, { file: printable(file) });
  }

  /** Counts more bytes of an address. */
  received({ label, bytes, total }: { label: string; bytes: number; total: number | null }): void {
    this.#received.set(label, bytes);
    const received = [...this.#received.values()].reduce((sum, each) => sum + each, 0);
    this.#bar?.update({ received, announced: total });
  }

  /** Counts more seconds of the audio of one file. */
  heard(seconds: number, length: number | null): void {
    this.#heard += seconds;
    this.#bar?.update({ heard: this.#heard, length });
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

function line(verb: string, options: Options, params: Params, shown: Shown): string {
  const { file, received, announced, heard, length } = shown;
  const seconds = (Date.now() - params.startTime) / 1000;
  const rate = received > 0 ? `  ${bytes(received / Math.max(seconds, 0.001))}/s` : '';
  const bar = (progress: number): string => cliProgress.Format.BarFormat(progress, options);
  if (params.total > 1) return `${verb} ${bar(params.progress)} ${params.value}/${params.total}${rate}  ${file}`;
  if (heard > 0) {
    const of = length === null ? '' : ` of ${duration(length)}`;
    const part = length === null ? '' : ` ${bar(Math.min(1, heard / length))}`;
    return `${verb}${part} ${duration(heard)}${of}  ${Math.round(seconds)}s  ${file}`;
  }
  if (received === 0) return `${verb} ${file}  ${Math.round(seconds)}s`;
  if (announced === null || announced === 0) return `${verb} ${file}  ${bytes(received)}${rate}`;
  return `${verb} ${bar(Math.min(1, received / announced))} ${bytes(received)} of ${bytes(announced)}${rate}  ${file}`;
}
