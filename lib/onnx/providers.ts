import { DeviceThread } from './device_thread.js';
import { foreseen } from './diagnosis.js';
import { type ProviderProblem, ProviderProblemError, unavailable } from './provider_problem.js';
import { findRuntime } from './runtime.js';
import type { Device } from './thread_messages.js';
import type { Provider, ProviderChoice, ProviderReport } from './types.js';

const providers: readonly Provider[] = ['cuda', 'webgpu', 'cpu'];

/** Tries each provider on this machine, on its first device, with a small model. */
export async function describeProviders(): Promise<ProviderReport[]> {
  const reports: ProviderReport[] = [];
  for (const provider of providers) {
    const problem = await tryDevice({ provider, deviceId: 0 });
    const { reason, remedy } = problem ?? {};
    reports.push({ provider, available: problem === undefined, reason, remedy });
  }
  return reports;
}

/**
 * Chooses the provider to use, and reports those that were declined. `auto` never chooses WebGPU: it may only emulate a
 * GPU, and is then slower than the CPU.
 *
 * @throws {ProviderUnavailableError} The named provider does not work.
 */
export async function chooseProvider(
  wanted: ProviderChoice,
  deviceId: number,
): Promise<{ readonly provider: Provider; readonly declined: readonly ProviderReport[] }> {
  // Loading the model shows whether the CPU provider works.
  if (wanted === 'cpu') return { provider: wanted, declined: [] };
  const provider = wanted === 'auto' ? 'cuda' : wanted;
  const problem = await tryDevice({ provider, deviceId });
  if (problem === undefined) return { provider, declined: [] };
  if (wanted === 'auto') return { provider: 'cpu', declined: [{ provider, available: false, ...problem }] };
  throw unavailable(`the provider '${provider}' does not work here`, problem);
}

async function tryDevice(device: Device): Promise<ProviderProblem | undefined> {
  try {
    // On most machines without CUDA, a look at the files is enough.
    const problem = foreseen(device.provider, findRuntime());
    if (problem) return problem;
  } catch (error) {
    if (error instanceof ProviderProblemError) return error.problem;
    throw error;
  }
  const thread = DeviceThread.join(device);
  try {
    return await thread.perform({ kind: 'try', device });
  } finally {
    await thread.leave();
  }
}
