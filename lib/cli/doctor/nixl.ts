import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** Milliseconds after which a library that does not start is given up. */
const patience = 60_000;

/** What trying NIXL gave. */
export interface NixlReport {
  readonly available: boolean;
  readonly detail: string;
}

/**
 * Opens NIXL in a process of its own, for what the driver of a network card may do to it. Throws where the process ends
 * without a word.
 */
export async function tryNixl(signal: AbortSignal): Promise<NixlReport> {
  const child = fork(join(__dirname, 'nixl_process.js'), {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    timeout: patience,
    killSignal: 'SIGKILL',
    signal,
  });
  let report: NixlReport | undefined;
  child.on('message', (message) => {
    report = message as NixlReport;
  });
  const [[code, name]] = await Promise.all([once(child, 'exit'), once(child, 'disconnect')]);
  if (report === undefined) throw new Error(`trying NIXL ended the process (${name ?? `exit code ${code}`})`);
  return report;
}
