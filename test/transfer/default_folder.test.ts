// The default folder lies where all users may make one. A user without a name, as containers have them, uses it here;
// that takes root.
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { sharedFolder } from './peer.js';

/** Nobody has it. */
const uid = 1_234_567;
const folder = `/dev/shm/cochlea-${uid}`;
const script = `
const { FileSender, TensorReceiver } = require(${JSON.stringify(fileURLToPath(new URL('../../dist/transfer/index.js', import.meta.url)))});
(async () => {
  const sender = new FileSender();
  const { descriptor } = await sender.send({ data: new Float32Array(3), shape: [3], dtype: 'float32' });
  const { tensor } = await new TensorReceiver().receive(descriptor);
  console.log(JSON.stringify({ path: descriptor.path, shape: tensor.shape }));
  await sender.close();
})().catch(({ code, message }) => console.log(JSON.stringify({ code, message })));
`;

const asUser = () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], { uid, gid: uid, encoding: 'utf8' });
  try {
    return JSON.parse(stdout);
  } catch {
    throw new Error(stderr);
  }
};

function reasonToSkip(): string | undefined {
  if (process.getuid?.() !== 0) return 'this takes root';
  const { status, stderr } = spawnSync(process.execPath, ['-e', script.split('\n')[1] as string], {
    uid,
    encoding: 'utf8',
  });
  return status === 0 ? undefined : `another user cannot run this checkout: ${stderr}`;
}
const skip = reasonToSkip();
if (skip !== undefined) console.log(`skipped: ${skip}`);

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test.skipIf(skip !== undefined)('is made for its user alone', () => {
  expect(asUser()).toMatchObject({ path: expect.stringContaining(`${folder}/encoder_cache.`), shape: [3] });
  const { uid: owner, mode } = lstatSync(folder);
  expect({ owner, mode: mode & 0o777 }).toEqual({ owner: uid, mode: 0o700 });
});

test.skipIf(skip !== undefined)('is not used if another user has put it there, or can write to it', () => {
  const elsewhere = sharedFolder();
  chownSync(elsewhere, uid, uid);
  const traps: Record<string, () => void> = {
    'belongs to user 0': () => mkdirSync(folder),
    // To a folder of the victim, in which files would appear and be deleted.
    'belongs to user 0, and': () => symlinkSync(elsewhere, folder),
    'other users may write': () => {
      mkdirSync(folder);
      chownSync(folder, uid, uid);
      chmodSync(folder, 0o777);
    },
    EEXIST: () => writeFileSync(folder, ''),
  };
  for (const [message, set] of Object.entries(traps)) {
    set();
    expect(asUser(), message).toEqual({ code: 'ERR_TRANSFER_FAILED', message: expect.stringContaining(message) });
    expect(readdirSync(elsewhere)).toEqual([]);
    rmSync(folder, { recursive: true });
  }
});
