import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { configure, decode } from '../../dist/index.js';
import { native } from '../../dist/native/binding.js';
import { cpuQuota, defaultThreads } from '../../dist/native/threads.js';
import { runNode, thrownBy } from '../safe/outcome.js';
import { toneWav } from '../safe/sounds.js';
import { libraryUrl } from './child.js';
import { longWav, slowOptions, until } from './long-audio.js';

/** How many threads decode: nobody could say so, and a container with a tenth of the machine got threads for all of it. */

const before = native.threads();
afterEach(() => configure({ threads: before }));

describe('configure', () => {
  test('more threads and fewer, at any time', async () => {
    await decode(toneWav(0.1));
    const controller = new AbortController();
    const options = { ...slowOptions, parallel: 'off', signal: controller.signal } as const;
    const working = Promise.allSettled(Array.from({ length: 12 }, () => decode(longWav, options)));
    for (const threads of [3, 6, 1, 4]) {
      configure({ threads });
      expect(native.threads()).toBe(threads);
      expect(native.load().threads).toBe(threads);
      // What runs goes on; of fewer, none is begun before there are fewer.
      await until(() => native.load().running >= threads && native.load().running + native.load().waiting === 12);
    }
    controller.abort();
    await working;
    configure({ threads: 1 });
    const some = await Promise.all(Array.from({ length: 8 }, () => decode(toneWav(0.1))));
    expect(some.every(({ frames }) => frames === 1600)).toBe(true);
    expect(native.load()).toMatchObject({ threads: 1, waiting: 0 });
  });

  test.each([
    [0, RangeError],
    [1.5, RangeError],
    [1025, RangeError],
    [Number.NaN, RangeError],
    ['2', TypeError],
    [null, TypeError],
  ])('threads: %o is refused', (threads, Kind) => {
    const error = thrownBy(() => configure({ threads } as never));
    expect(error).toBeInstanceOf(Kind);
    expect(error.message).toMatch(/^options\.threads must be a /);
    expect(native.threads()).toBe(before);
  });

  test('anything else is refused, and nothing is nothing', () => {
    expect(() => configure({ thread: 1 } as never)).toThrow(/options\.thread is not an option/);
    expect(() => configure(undefined as never)).toThrow(TypeError);
    configure({});
    configure({ threads: undefined });
    expect(native.threads()).toBe(before);
  });
});

/** What a process of its own says; `script` finds `native` and `configure`. */
function said(
  script: string,
  environment: Record<string, string> = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const set = Object.entries(environment).map(([name, value]) => `process.env.${name} = ${JSON.stringify(value)};`);
  const body = `${set.join('')}
    const { configure, decode } = await import('${libraryUrl}');
    const { native } = await import('${new URL('native/binding.js', libraryUrl).href}');
    ${script}`;
  return runNode(['--input-type=module', '--eval', body]);
}

describe('COCHLEA_THREADS', () => {
  test('is the default of the process, which configure and no worker changes', async () => {
    const script = `
      import { Worker } from 'node:worker_threads';
      const threads = [native.threads()];
      const worker = () => new Promise((resolve) => new Worker(
        'import("${libraryUrl}").then(({ configure }) => { if (process.argv[2]) configure({ threads: +process.argv[2] }); })',
        { eval: true, execArgv: [], env: { COCHLEA_THREADS: '7' }, argv: [worker.threads].filter(Boolean) }).on('exit', resolve));
      await worker();
      threads.push(native.threads());
      configure({ threads: 5 });
      await worker();
      threads.push(native.threads(), native.load().threads);
      worker.threads = 2;
      await worker();
      threads.push(native.threads(), native.load().threads);
      console.log(threads.join());`;
    const { stdout, stderr } = await said(script, { COCHLEA_THREADS: '3' });
    expect(stdout, stderr).toBe('3,3,5,5,2,2\n');
  });

  test.each(['0', '-1', '1.5', 'two', '1e3', '99999', ' 2'])(
    "'%s' is refused when the library is loaded",
    async (value) => {
      const { code, stderr } = await said('', { COCHLEA_THREADS: value });
      expect(code).toBe(1);
      expect(stderr).toContain('RangeError');
      expect(stderr).toContain(`COCHLEA_THREADS must be a whole number from 1 to 1024, got '${value}'`);
    },
  );

  test('set to nothing, it is not set', () => {
    expect(defaultThreads({ COCHLEA_THREADS: '' })).toBe(defaultThreads({}));
    expect(defaultThreads({ COCHLEA_THREADS: '12' })).toBe(12);
    expect(defaultThreads({})).toBeLessThanOrEqual(availableParallelism());
    expect(defaultThreads({})).toBeGreaterThanOrEqual(1);
  });
});

describe('the quota of a container', () => {
  /** A file system with these files. */
  function rootWith(files: Record<string, string>): string {
    const root = mkdtempSync(join(tmpdir(), 'cochlea-cgroup-'));
    onTestFinished(() => rmSync(root, { recursive: true }));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return root;
  }

  test.each<[string, number, Record<string, string>]>([
    ['none', Number.POSITIVE_INFINITY, {}],
    ['version 2, in a container', 1.5, { 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/cpu.max': '150000 100000\n' }],
    [
      'version 2, of a group and of that around it',
      2,
      {
        'proc/self/cgroup': '0::/kubepods/pod1/c2\n',
        'sys/fs/cgroup/kubepods/pod1/c2/cpu.max': 'max 100000\n',
        'sys/fs/cgroup/kubepods/pod1/cpu.max': '200000 100000\n',
        'sys/fs/cgroup/kubepods/cpu.max': '800000 100000\n',
      },
    ],
    [
      'version 2, without any',
      Number.POSITIVE_INFINITY,
      { 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/cpu.max': 'max 100000\n' },
    ],
    [
      'version 1, in a container that sees the path of its host',
      0.5,
      {
        'proc/self/cgroup': '5:memory:/docker/1\n4:cpu,cpuacct:/docker/1\n',
        'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '50000\n',
        'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
      },
    ],
    [
      'version 1, of a group',
      3,
      {
        'proc/self/cgroup': '4:cpuacct,cpu:/a/b\n0::/\n',
        'sys/fs/cgroup/cpu/a/b/cpu.cfs_quota_us': '300000\n',
        'sys/fs/cgroup/cpu/a/b/cpu.cfs_period_us': '100000\n',
        'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
        'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
      },
    ],
    [
      'what is no quota',
      Number.POSITIVE_INFINITY,
      { 'proc/self/cgroup': 'x\n\n0::/../..\n', 'sys/fs/cgroup/cpu.max': '?\n' },
    ],
  ])('%s', (_, quota, files) => {
    expect(cpuQuota(rootWith(files))).toBe(quota);
  });
});
