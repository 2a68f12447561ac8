import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ProviderReport } from '../../onnx/index.js';

/** Milliseconds to wait for the providers. */
const patience = 120_000;

/**
 * Tries each provider in a child process: drivers write to standard error as they like, and may end their process.
 * Throws if the child process ends without an answer.
 */
export async function describeProvidersInChild(signal: AbortSignal): Promise<readonly ProviderReport[]> {
  const child = fork(join(__dirname, 'providers_process.js'), {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    timeout: patience,
    killSignal: 'SIGKILL',
    signal,
  });
  let reports: readonly ProviderReport[] | undefined;
  child.on('message', (message) => {
    reports = message as readonly ProviderReport[];
  });
  // All its messages have arrived when the channel is closed.
  const [[code, name]] = await Promise.all([once(child, 'exit'), once(child, 'disconnect')]);
  if (reports === undefined) throw new Error(`trying the providers ended the process (${name ?? `exit code ${code}`})`);
  return reports;
}
