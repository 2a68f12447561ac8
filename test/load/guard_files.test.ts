import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { errorOf, slowness } from '../safe/outcome.js';
import { expectRefusal, openLoader, tone } from './guard_server.js';

/** Files are read inside of one folder, wherever links and spellings lead. */

const top = mkdtempSync(join(tmpdir(), 'cochlea-test-'));
const root = join(top, 'root');
afterAll(() => rmSync(top, { recursive: true }));

for (const folder of ['root/sub', 'root-sibling', 'secret']) mkdirSync(join(top, folder), { recursive: true });
for (const file of [
  'root/a.wav',
  'root/sub/\u00e4 b%2f.wav',
  'root/sub/..wav',
  'root/q?x#y.wav',
  'root-sibling/a.wav',
  'secret/a.wav',
]) {
  writeFileSync(join(top, file), tone);
}
const links = {
  'inside.wav': 'a.wav',
  'absolute.wav': join(root, 'a.wav'),
  'outside.wav': '../secret/a.wav',
  'outside-absolute.wav': join(top, 'secret/a.wav'),
  'chain.wav': 'outside.wav',
  folder: '../secret',
  up: '..',
  dangling: join(top, 'nothing'),
  circle: 'circle',
  device: '/dev/zero',
};
for (const [name, target] of Object.entries(links)) symlinkSync(target, join(root, name));
symlinkSync(root, join(top, 'alias'));
execFileSync('mkfifo', [join(root, 'fifo')]);

const loader = openLoader({ allowedRoot: root, cache: { maxBytes: 0 } });
const url = pathToFileURL(root).href;

test.each([
  ['a path', join(root, 'a.wav'), 'file a.wav'],
  ['a relative path', relative(process.cwd(), join(root, 'a.wav')), 'file a.wav'],
  ['a path with dots', `${root}/sub/../../root/./a.wav`, 'file a.wav'],
  ['a path with two slashes', `${root}//a.wav`, 'file a.wav'],
  ['a file: URL', `${url}/a.wav`, 'file a.wav'],
  ['a file: URL as object', new URL(`${url}/a.wav`), 'file a.wav'],
  ['a file: URL in upper case', `${url}/a.wav`.replace('file:', 'FILE:'), 'file a.wav'],
  ['a file: URL of this machine', `${url}/a.wav`.replace('file://', 'file://localhost'), 'file a.wav'],
  ['a file: URL with query and fragment', `${url}/a.wav?x#y`, 'file a.wav'],
  ['an escaped file: URL', `${url}/sub/%C3%A4%20b%252f.wav`, 'file %C3%A4%20b%252f.wav'],
  ['a path with escapes, which are none', `${root}/sub/\u00e4 b%2f.wav`, 'file \u00e4 b%2f.wav'],
  ['a name that begins with dots', `${root}/sub/..wav`, 'file ..wav'],
  ['a name with question mark and hash', `${root}/q?x#y.wav`, 'file q'],
  ['a link that stays inside', `${root}/inside.wav`, 'file inside.wav'],
  ['an absolute link that stays inside', `${root}/absolute.wav`, 'file absolute.wav'],
  ['a way out and back in', `${root}/up/root/a.wav`, 'file a.wav'],
  ['a link to the root', join(top, 'alias/a.wav'), 'file a.wav'],
])('%s inside of the root is read', async (_, source, label) => {
  expect(await loader.load(source)).toMatchObject({ frames: 1600, label });
  expect((await loader.probe(source)).container).toBe('wav');
});

const outside: [string, string][] = [
  ['another folder', join(top, 'secret/a.wav')],
  ['a folder whose name begins with that of the root', join(top, 'root-sibling/a.wav')],
  ['a path with dots', `${root}/../secret/a.wav`],
  ['dots through a folder that is not there', `${root}/nothing/../../secret/a.wav`],
  ['a relative path', relative(process.cwd(), join(top, 'secret/a.wav'))],
  ['a file: URL with dots', `${url}/../secret/a.wav`],
  ['a file: URL with escaped dots', `${url}/%2e%2E/secret/a.wav`],
  ['a file: URL with dots and backslashes', `${url}\\..\\secret\\a.wav`],
  ['a link', `${root}/outside.wav`],
  ['an absolute link', `${root}/outside-absolute.wav`],
  ['a link to a link', `${root}/chain.wav`],
  ['a linked folder', `${root}/folder/a.wav`],
  ['a linked parent', `${root}/up/secret/a.wav`],
  ['a linked device', `${root}/device`],
  ['the root', root],
  ['the root with a slash', `${root}/`],
  ['the root with a dot', `${root}/.`],
  ['the root as a URL', `${url}/`],
  ['a system file', '/etc/passwd'],
  ['a process', '/proc/self/environ'],
  ['a device', '/dev/zero'],
  // Whether they exist is nobody's business.
  ['a file that is not there', join(top, 'secret/nothing.wav')],
  ['a folder that is not there', '/nothing/nothing.wav'],
  ['a file below a file', '/etc/passwd/nothing'],
  ['a file that is not there, by dots', `${root}/../secret/nothing.wav`],
  ['a home folder, which no shell expands', '~/a.wav'],
  ['a name alone', 'a.wav'],
  ['a scheme without slashes', 'file:a.wav'],
  ['a protocol of FFmpeg with an option', 'subfile,,start,0,end,0,,:/etc/passwd'],
];

test.each(outside)('%s is outside, and refused', async (_, source) => {
  const error = await expectRefusal(loader.load(source), 'root');
  // All the same: nobody learns what there is.
  expect(error.message).toBe('this file is outside of the folder that may be read');
  expect(error.cause).toBeUndefined();
  await expectRefusal(loader.probe(source), 'root');
});

test.each<[string, string | URL, string | undefined]>([
  ['a file that is not there', `${root}/nothing.wav`, 'ENOENT'],
  ['a file below a file', `${root}/a.wav/nothing`, 'ENOTDIR'],
  ['a link to nothing', `${root}/dangling`, 'ENOENT'],
  ['a link in a circle', `${root}/circle`, 'ELOOP'],
  ['a name that is too long', `${root}/${'a'.repeat(5000)}`, 'ENAMETOOLONG'],
  ['a folder', `${root}/sub`, undefined],
  ['a FIFO, without waiting for its writer', `${root}/fifo`, undefined],
  ['a path with NUL', `${root}/a.wav\0.txt`, undefined],
  ['no path', '', undefined],
  ['a file: URL with an escaped slash', `${url}/..%2f..%2Fetc/passwd`, 'ERR_INVALID_FILE_URL_PATH'],
  ['a file: URL with an escaped NUL', `${url}/a.wav%00`, 'ERR_INVALID_ARG_VALUE'],
  ['a file: URL of another host', `file://example.com${root}/a.wav`, 'ERR_INVALID_FILE_URL_HOST'],
  ['a file: URL of an address', `file://127.0.0.1${root}/a.wav`, 'ERR_INVALID_FILE_URL_HOST'],
])('%s cannot be read', async (_, source, code) => {
  const started = performance.now();
  const error = await errorOf(loader.load(source));
  expect(error).toMatchObject({ code: 'ERR_AUDIO_SOURCE', fault: 'client', retryable: false });
  expect((error.cause as NodeJS.ErrnoException | undefined)?.code).toBe(code);
  expect(error.label).toMatch(/^(file|path) .{0,115}$/);
  // Messages go to clients; where a service keeps its files is not for them.
  expect(`${error.message} ${error.label}`).not.toContain(top);
  expect(performance.now() - started).toBeLessThan(1000 * slowness);
});

test('a file without permission cannot be read', async () => {
  const path = join(root, 'forbidden.wav');
  writeFileSync(path, tone);
  chmodSync(path, 0);
  // To root all is permitted.
  const isRoot = process.getuid?.() === 0;
  for (const folder of isRoot ? [top, root] : []) chmodSync(folder, 0o755);
  if (isRoot) process.seteuid?.(65_534);
  const error = await errorOf(loader.load(path)).finally(() => isRoot && process.seteuid?.(0));
  expect(error).toMatchObject({ code: 'ERR_AUDIO_SOURCE', cause: { code: 'EACCES' } });
  expect(error.message).not.toContain(top);
});

describe('the root', () => {
  test('none: no file is read, whether or not it exists', async () => {
    const none = openLoader({});
    for (const source of [
      join(root, 'a.wav'),
      `${url}/a.wav`,
      new URL(`${url}/a.wav`),
      '/nothing',
      'a.wav?secret',
      '//u:secret@x',
    ]) {
      const error = await expectRefusal(none.load(source), 'root');
      expect(error.message).toBe('files are not read here');
    }
  });

  test.each([
    ['with a slash', `${root}/`],
    ['a link', join(top, 'alias')],
    ['relative', relative(process.cwd(), root)],
    ['with dots', `${root}/sub/..`],
    ['that of the system', '/'],
  ])('%s', async (_, allowedRoot) => {
    const other = openLoader({ allowedRoot });
    for (const path of [join(root, 'a.wav'), join(top, 'alias/a.wav'), `${root}/inside.wav`]) {
      expect((await other.load(path)).frames).toBe(1600);
    }
    if (allowedRoot !== '/') await expectRefusal(other.load(join(top, 'secret/a.wav')), 'root');
  });

  test('that is not there, or a file, holds no file, and whoever named it is at fault', async () => {
    for (const allowedRoot of [join(top, 'nothing'), join(root, 'a.wav')]) {
      await expectRefusal(openLoader({ allowedRoot }).load(join(root, 'a.wav')), 'root', 'server');
    }
  });

  test.each([[''], [1], [{}], [new URL('file:///tmp')]])('%j is an error at once', (allowedRoot) => {
    expect(() => openLoader({ allowedRoot: allowedRoot as string })).toThrow(TypeError);
  });
});
