import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ProviderReport } from '../../onnx/index.js';

/** Milliseconds after which a provider that does not answer is given up. */
const patience = 120_000;

/**
 * What each provider says of itself. In a process of its own: drivers that are tried write to standard error as they
 * like, and may end the process that they are in. Then it throws.
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
  // What it sent has come once the channel is closed.
  const [[code, name]] = await Promise.all([once(child, 'exit'), once(child, 'disconnect')]);
  if (reports === undefined) throw new Error(`trying the providers ended the process (${name ?? `exit code ${code}`})`);
  return reports;
}
