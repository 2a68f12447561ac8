import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { native } from '../../dist/native/binding.js';
import { runNative } from '../../dist/native/job.js';
import { errorOf, slowness } from '../safe/outcome.js';

const mapFile = (path: string, bytes: number) =>
  runNative({ signal: undefined, timeout: undefined }, (cancellation) => native.mapFile(path, bytes, cancellation), {});

/** In memory, where it may be had. */
function sharedFolder(): string {
  const folder = mkdtempSync('/dev/shm/cochlea-test-');
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('the bytes of the file, also once it has lost its name', async () => {
  const path = join(sharedFolder(), 'file');
  const bytes = Uint8Array.from({ length: 100_003 }, (_, i) => i % 251);
  writeFileSync(path, bytes);
  const mapped = await mapFile(path, bytes.length);
  rmSync(path);
  expect(Buffer.compare(new Uint8Array(mapped), bytes)).toBe(0);
});

test('what is written to it stays in this process', async () => {
  const path = join(sharedFolder(), 'file');
  writeFileSync(path, 'abc', { mode: 0o400 });
  const mapped = new Uint8Array(await mapFile(path, 3));
  mapped[1] = 0x58;
  expect(Buffer.from(mapped).toString()).toBe('aXc');
  expect(readFileSync(path, 'utf8')).toBe('abc');
});

test('an empty file', async () => {
  const path = join(sharedFolder(), 'file');
  writeFileSync(path, '');
  const mapped = await mapFile(path, 0);
  expect(mapped.byteLength).toBe(0);
  native.unmap(mapped);
});

test('what is no whole regular file of that size is an error with the number of the system', async () => {
  const folder = sharedFolder();
  const at = (name: string) => join(folder, name);
  writeFileSync(at('file'), 'abc');
  symlinkSync(at('file'), at('link'));
  mkdirSync(at('folder'));
  execFileSync('mkfifo', [at('pipe')]);
  writeFileSync(at('holes'), 'abc');
  truncateSync(at('holes'), 1_000_000);
  const refused: readonly [string, number, string, string][] = [
    [at('missing'), 3, 'ENOENT', 'No such file'],
    [at('link'), 3, 'ELOOP', 'symbolic links'],
    [at('folder'), 3, 'EISDIR', 'Is a directory'],
    [at('pipe'), 0, 'EINVAL', 'not a regular file'],
    ['/dev/zero', 0, 'EINVAL', 'not a regular file'],
    [at('file'), 2, 'EINVAL', 'it has 3 bytes, not 2'],
    [at('file'), 4, 'EINVAL', 'it has 3 bytes, not 4'],
    [at('holes'), 1_000_000, 'ENODATA', 'it has holes'],
    [`${at('file')}\0x`, 3, 'EINVAL', 'zero byte'],
  ];
  for (const [path, bytes, code, message] of refused) {
    const error = await errorOf(mapFile(path, bytes));
    expect(error, path).toMatchObject({ code: 'ERR_AUDIO_SOURCE', cause: { code } });
    expect(error.message).toContain(message);
  }
});

test('mappings and descriptors end: when unmapped, when collected, and with the worker', () => {
  const path = join(sharedFolder(), 'file');
  writeFileSync(path, new Uint8Array(6_144_000));
  const script = fileURLToPath(new URL('mappings-apart.mjs', import.meta.url));
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--expose-gc', script, path], {
    encoding: 'utf8',
    timeout: 5000 * slowness,
  });
  expect(status, stderr).toBe(0);
  const counts = JSON.parse(stdout);
  expect(counts).toMatchObject({
    mapped: { mappings: 4, descriptors: 0 },
    unmapped: { mappings: 3 },
    collected: { mappings: 0 },
    afterWorker: { mappings: 0, descriptors: 0 },
    lengthOfUnmapped: 0,
  });
  // What V8 was told: the bytes of each.
  expect(counts.mapped.external).toBeGreaterThan(4 * 6_144_000 * 0.9);
  expect(counts.collected.external).toBeLessThan(6_144_000);
  // A private mapping of a file in memory is no copy: what is resident beside the file's own pages.
  expect(counts.mapped.anonymous).toBeLessThan(6_144_000);
});
