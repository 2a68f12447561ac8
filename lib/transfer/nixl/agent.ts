import { randomUUID } from 'node:crypto';
import { optionsOf, typeError } from '../../checks.js';
import { TransferUnavailableError } from '../../errors.js';
import { type NativeNixlAgent, type NativeNixlMessage, native } from '../../native/binding.js';
import { runNative } from '../../native/job.js';
import { findNixl } from './library.js';

/** Where NIXL is, and what it may use. */
export interface NixlOptions {
  /**
   * `libnixl_capi.so`, or a folder where pip has installed it: a virtual environment with the package `nixl-cu12` or
   * `nixl-cu13`, 1.4 or newer. Default: what the variable COCHLEA_NIXL of the environment names.
   */
  readonly library?: string | undefined;
  /**
   * Network devices, by the names that UCX gives them: `eth0`, or `mlx5_0:1`. Default: all. NIXL listens on each of them,
   * for everybody: name those of a trusted network. It sets UCX_NET_DEVICES in the environment of this process, before
   * the library is opened, and so holds for everything in this process that uses UCX, and for processes it starts.
   */
  readonly netDevices?: readonly string[] | undefined;
}

export const nixlOptionNames = ['library', 'netDevices'] as const;

/** An agent that runs. */
export interface OpenAgent {
  readonly agent: NativeNixlAgent;
  readonly name: string;
  /** What peers need to reach it. */
  readonly metadata: Uint8Array;
}

/** @throws {TypeError} */
export function checkNixlOptions(name: string, given: NixlOptions): NixlOptions {
  const { library, netDevices } = optionsOf(name, given, nixlOptionNames);
  if (library !== undefined && typeof library !== 'string') throw typeError(`${name}.library`, 'a path', library);
  if (netDevices !== undefined && !isNames(netDevices)) {
    throw typeError(`${name}.netDevices`, 'an array of names', netDevices);
  }
  return { library, netDevices };
}

/**
 * Opens the library, and starts an agent with memory of its own: half a second, on a thread of Cochlea.
 *
 * @throws {TransferUnavailableError}
 */
export async function openAgent(
  { library, netDevices }: NixlOptions,
  bytes: number,
  onMessages: (messages: readonly NativeNixlMessage[]) => void,
): Promise<OpenAgent> {
  const { path } = findNixl(library);
  setVariables(netDevices);
  const name = `cochlea-${randomUUID()}`;
  const agent = new native.NixlAgent(path, name, bytes, onMessages);
  try {
    const stop = { signal: undefined, timeout: undefined };
    const metadata = await runNative(stop, (cancellation) => agent.open(cancellation), {});
    return { agent, name, metadata };
  } catch (error) {
    await agent.close();
    throw error;
  }
}

/** UCX reads its variables when it is loaded, and when an agent is made. */
function setVariables(netDevices: readonly string[] | undefined): void {
  // When it is loaded it takes SIGHUP for itself (seen in /proc/self/status), which then no longer ends this process. The
  // second is for builds that also take the signals of crashes.
  native.setVariable('UCX_DEBUG_SIGNO', '0');
  native.setVariable('UCX_ERROR_SIGNALS', '');
  if (netDevices === undefined) return;
  const wanted = netDevices.join(',');
  const there = process.env.UCX_NET_DEVICES;
  if (there !== undefined && there !== wanted) {
    const message = `UCX_NET_DEVICES is ${there} in this process already: netDevices cannot make it ${wanted}`;
    throw new TransferUnavailableError('ERR_TRANSFER_UNAVAILABLE', message);
  }
  native.setVariable('UCX_NET_DEVICES', wanted);
}

function isNames(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((name) => typeof name === 'string' && /^[^\s,]+$/.test(name))
  );
}
