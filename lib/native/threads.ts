import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

/** A larger number is probably a mistake: a byte count, or a port. */
export const mostThreads = 1024;

/**
 * The number of decoding threads, unless `configure` sets another: `COCHLEA_THREADS`, or the number of processors that
 * this process may use, within the quota of its container.
 *
 * @throws {RangeError} `COCHLEA_THREADS` is not a valid number of threads.
 */
export function defaultThreads(environment: NodeJS.ProcessEnv = process.env): number {
  const given = environment.COCHLEA_THREADS;
  // An empty value, as in a compose file, counts as not set.
  if (given === undefined || given === '') return available();
  const threads = /^\d+$/.test(given) ? Number(given) : Number.NaN;
  if (threads >= 1 && threads <= mostThreads) return threads;
  throw new RangeError(
    `the environment variable COCHLEA_THREADS must be a whole number from 1 to ${mostThreads}, got '${given.slice(0, 100)}'`,
  );
}

function available(): number {
  // From libuv 1.49 on (Node 22.11), `availableParallelism` respects the quota.
  const [major = 0, minor = 0] = process.versions.uv.split('.').map(Number);
  const heedsQuota = major > 1 || (major === 1 && minor >= 49);
  return heedsQuota ? availableParallelism() : Math.min(availableParallelism(), Math.max(1, Math.floor(cpuQuota())));
}

/** Quota of the control group of this process, in processors; `Infinity` if there is none. */
export function cpuQuota(root = '/'): number {
  const groups = read(root, 'proc/self/cgroup')?.split('\n') ?? [];
  const quotas = groups.flatMap((line) => {
    // `0::/path` is version 2, `3:cpu,cpuacct:/path` version 1.
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (path === undefined) return [];
    if (controllers === '')
      return folders(path).map((folder) => quotaOf2(read(root, 'sys/fs/cgroup', folder, 'cpu.max')));
    if (!controllers?.split(',').includes('cpu')) return [];
    return folders(path).flatMap((folder) =>
      [controllers, 'cpu'].map((mount) => {
        const file = (name: string) => Number(read(root, 'sys/fs/cgroup', mount, folder, name) ?? Number.NaN);
        return quotaOf(file('cpu.cfs_quota_us'), file('cpu.cfs_period_us'));
      }),
    );
  });
  return Math.min(Number.POSITIVE_INFINITY, ...quotas);
}

/**
 * A group and its parents: each may have a quota. In a container, the path is often that of the host, and only the root
 * of it exists.
 */
function folders(path: string): string[] {
  const names = path.split('/').filter((name) => name !== '' && name !== '..');
  return Array.from({ length: names.length + 1 }, (_, count) => names.slice(0, count).join('/'));
}

/** `200000 100000`, or `max 100000`. */
function quotaOf2(text = 'max'): number {
  const [quota, period] = text.trim().split(' ').map(Number);
  return quotaOf(quota, period);
}

/** Microseconds in each period; version 1 has -1 for none. */
function quotaOf(quota = Number.NaN, period = Number.NaN): number {
  return quota > 0 && period > 0 ? quota / period : Number.POSITIVE_INFINITY;
}

function read(...parts: string[]): string | undefined {
  try {
    return readFileSync(join(...parts), 'latin1');
  } catch {
    // The file does not exist, or may not be read: the quota is unknown.
    return undefined;
  }
}
