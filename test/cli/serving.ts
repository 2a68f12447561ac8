import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { type Finished, program, start } from './command.js';

export interface Serving {
  readonly url: string;
  /** What it said until it listened. */
  readonly said: string;
  readonly stop: (signal?: NodeJS.Signals) => Promise<Finished>;
}

/** Starts `cochlea serve` on a free port. It ends with the test. */
export async function serving(...args: string[]): Promise<Serving> {
  const { child, finished } = start(program, ['serve', '--port', '0', ...args]);
  const stop = (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal);
    return finished;
  };
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  for (;;) {
    const [text] = await Promise.race([once(child.stderr, 'data'), finished.then(() => [undefined])]);
    if (text === undefined) throw new Error(`it ended: ${said}`);
    said += text;
    const [, url] = /listening on (http:\S+)\n/.exec(said) ?? [];
    if (url !== undefined) return { url, said, stop };
  }
}
