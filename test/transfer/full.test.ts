// A full folder: a tmpfs of 1 MB that is mounted for the test, which takes root.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Tensor } from '../../dist/index.js';
import { FileSender } from '../../dist/transfer/index.js';
import { errorOf } from '../safe/outcome.js';
import { left, nothing } from './left.mjs';

const folder = mkdtempSync(join(tmpdir(), 'cochlea-test-'));
const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'cochlea-test', folder], { encoding: 'utf8' });
const mounted = mount.status === 0;
if (!mounted)
  console.log(`skipped: a tmpfs cannot be mounted here (${(mount.stderr ?? '').trim() || mount.error?.message})`);

afterAll(() => {
  if (mounted) execFileSync('umount', [folder]);
  rmSync(folder, { recursive: true, force: true });
});

const floats = (count: number): Tensor => ({ data: new Float32Array(count).fill(1), shape: [count], dtype: 'float32' });

test.skipIf(!mounted).each(['dynamo', 'vllm'] as const)(
  'layout %s: ENOSPC, nothing left, and then again',
  async (layout) => {
    await using sender = new FileSender({ folder, layout });
    // Too large for the folder; fits, but only once; fits again when the first is gone.
    for (let round = 0; round < 3; round++) {
      const error = await errorOf(sender.send(floats(500_000)));
      expect(error).toMatchObject({ code: 'ERR_TRANSFER_FAILED', cause: { code: 'ENOSPC' } });
      expect(error.message).toContain(folder);
      expect(left(folder)).toEqual(nothing);
      expect(sender.held).toEqual({ bytes: 0, tensors: 0 });
    }
    const first = await sender.send(floats(150_000));
    expect(await errorOf(sender.send(floats(150_000)))).toMatchObject({ cause: { code: 'ENOSPC' } });
    expect(sender.held).toEqual({ bytes: 600_000, tensors: 1 });
    first.release();
    await first.completed;
    await sender.send(floats(150_000));
    await sender.close();
    expect(left(folder)).toEqual(nothing);
  },
);

test.skipIf(!mounted)('no room for another file or folder at all', async () => {
  await using sender = new FileSender({ folder, layout: 'vllm' });
  // No byte is free, while names are.
  const full = join(folder, 'full');
  expect(() => writeFileSync(full, new Uint8Array(2_000_000))).toThrow('ENOSPC');
  expect(await errorOf(sender.send(floats(1)))).toMatchObject({ code: 'ERR_TRANSFER_FAILED' });
  expect(left(folder).files).toEqual(['full']);
  rmSync(full);
  expect((await sender.send(floats(1))).descriptor.mode).toBe('file');
});
