import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cochlea, type Finished, lines, program, start, temporaryFolder } from './command.js';
import { writeWav } from './sounds.js';

/** Runs a line of bash in which `cochlea` is the command. */
function bash(line: string, cwd: string): Finished & { readonly bytes: Buffer } {
  const command = `cochlea() { '${process.execPath}' '${program}' "$@"; }; set -o pipefail; ${line}`;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', command], { cwd, maxBuffer: 1e9 });
  return { code: status, stdout: stdout.toString(), stderr: stderr.toString(), bytes: stdout };
}

function folderWithTone(options: Parameters<typeof writeWav>[1] = {}): {
  folder: string;
  source: string;
  wanted: Buffer;
} {
  const folder = temporaryFolder();
  const source = writeWav(join(folder, 'tone.wav'), { sampleRate: 8000, ...options });
  const made = spawnSync(process.execPath, [program, 'decode', source, '-o', join(folder, 'wanted.npy')]);
  expect(made.status).toBe(0);
  return { folder, source, wanted: readFileSync(join(folder, 'wanted.npy')) };
}

describe('standard input and output', () => {
  test.each([
    'cat tone.wav | cochlea decode - -o - --format npy',
    'cochlea decode - -o - --format npy < tone.wav',
    'cat tone.wav | cochlea decode /dev/stdin -o /dev/stdout --format npy',
    'cochlea decode /dev/stdin -o - --format npy < tone.wav',
    'cochlea decode <(cat tone.wav) -o - --format npy',
    'cochlea decode tone.wav -o >(cat > copy) --format npy; sleep 1; cat copy',
    'cochlea decode tone.wav -o /dev/fd/3 --format npy 3>file; cat file',
    'mkfifo pipe; (sleep 1; cat tone.wav > pipe) & cochlea decode pipe -o - --format npy',
    'mkfifo pipe; cochlea decode tone.wav -o pipe --format npy >&2 & sleep 1; cat pipe',
  ])('%s', (line) => {
    const { folder, wanted } = folderWithTone();
    const run = bash(line, folder);
    expect(run.bytes.subarray(-wanted.length)).toEqual(wanted);
    expect(run.code).toBe(0);
  });

  test('where a result goes to standard output, nothing else does', () => {
    const { folder, wanted } = folderWithTone();
    const run = bash('cochlea decode tone.wav -o - --format npy --json', folder);
    expect(run.bytes).toEqual(wanted);
    expect(JSON.parse(run.stderr)).toMatchObject({ ok: true, output: '-' });
    expect(bash('cochlea features tone.wav -o - --format npy --sample', folder).code).toBe(2);
  });

  test('features and pictures, too', () => {
    const { folder } = folderWithTone({ sampleRate: 16_000 });
    expect(bash('cat tone.wav | cochlea features - -o - --format npy', folder).bytes.toString('latin1', 1, 6)).toBe(
      'NUMPY',
    );
    expect(bash('cat tone.wav | cochlea inspect - -o -', folder).bytes.toString('latin1', 1, 4)).toBe('PNG');
    expect(JSON.parse(bash('cat tone.wav | cochlea probe - --json', folder).stdout)).toMatchObject({
      container: 'wav',
    });
  });

  test('an index behind the samples is no obstacle', () => {
    const m4a = new URL('../fixtures/formats/m4a-aac.m4a', import.meta.url).pathname;
    const folder = temporaryFolder();
    const run = bash(
      `cat '${m4a}' | cochlea decode - -o - --format f32 | cksum; cochlea decode '${m4a}' -o - --format f32 | cksum`,
      folder,
    );
    const [piped, read] = run.stdout.trim().split('\n');
    expect(piped).toBe(read);
  });

  test('a reader that has seen enough ends it quietly', () => {
    const { folder } = folderWithTone({ frames: 1_000_000 });
    expect(bash('set +o pipefail; cochlea decode tone.wav -o - --format npy | head -c 6', folder)).toMatchObject({
      code: 0,
      stderr: '',
    });
    const fifo = bash(
      'mkfifo p; (head -c 6 < p >&2) & cochlea decode tone.wav -o p --format npy > table; wait',
      folder,
    );
    expect(fifo.stderr).toBe('\ufffdNUMPY');
    expect(fifo.code).toBe(0);
  });

  test('a format must be said, and it can be read but once', async () => {
    const { source } = folderWithTone();
    const unsaid = await cochlea('decode', source, '-o', '-');
    expect(unsaid).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--format wav|flac|mp3|opus|aac|f32|npy for standard output'),
    });
    const twice = await cochlea('decode', '-', '/dev/stdin', '-o', 'out/', '--format', 'npy');
    expect(twice).toMatchObject({ code: 2, stderr: expect.stringContaining('only once') });
  });

  test('an interrupt ends the wait for the reader of a pipe', async () => {
    const { folder, source } = folderWithTone();
    execFileSync('mkfifo', [join(folder, 'p')]);
    const { child, finished } = start(program, ['decode', source, '-o', join(folder, 'p'), '--format', 'npy']);
    setTimeout(() => child.kill('SIGINT'), 1500);
    expect((await finished).code).toBe(130);
  });

  test('an interrupt ends the wait for the writer of a pipe', async () => {
    const folder = temporaryFolder();
    execFileSync('mkfifo', [join(folder, 'p')]);
    const { child, finished } = start(program, ['decode', join(folder, 'p'), '-o', join(folder, 'a.npy')]);
    setTimeout(() => child.kill('SIGINT'), 1500);
    expect((await finished).code).toBe(130);
  });
});

describe('what is there is written through, or keeps what it had', () => {
  test('a device stays a device', async () => {
    const { folder, source } = folderWithTone();
    // Making devices takes root; for others a link to one will do, which was replaced as well.
    const device = join(folder, 'null');
    if (spawnSync('mknod', [device, 'c', '1', '3']).status !== 0) symlinkSync('/dev/null', device);
    const run = await cochlea('decode', source, '-o', device, '--format', 'wav');
    expect(run.code).toBe(0);
    expect(statSync(device).isCharacterDevice()).toBe(true);
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  test('a full device is an error', async () => {
    const { source } = folderWithTone();
    const run = await cochlea('decode', source, '-o', '/dev/full', '--format', 'wav', '--json');
    expect(run.code).toBe(1);
    expect(lines(run)).toMatchObject([{ ok: false, code: 'ENOSPC' }]);
    expect(statSync('/dev/full').isCharacterDevice()).toBe(true);
  });

  test('a socket gets the bytes', async () => {
    const { folder, source, wanted } = folderWithTone();
    const path = join(folder, 'socket');
    const received = new Promise<Buffer>((resolve) => {
      const server = createServer((socket) => {
        const chunks: Buffer[] = [];
        socket.on('data', (chunk) => chunks.push(chunk)).on('end', () => resolve(Buffer.concat(chunks)));
        server.close();
      }).listen(path);
    });
    expect((await cochlea('decode', source, '-o', path, '--format', 'npy')).code).toBe(0);
    expect(await received).toEqual(wanted);
  });

  test('a link stays one, and what it leads to is replaced, or made', async () => {
    const { folder, source, wanted } = folderWithTone();
    mkdirSync(join(folder, 'there'));
    writeFileSync(join(folder, 'there', 'old.npy'), 'old');
    symlinkSync('there/old.npy', join(folder, 'link.npy'));
    symlinkSync('there/new.npy', join(folder, 'dangling.npy'));
    symlinkSync('link.npy', join(folder, 'chain.npy'));
    for (const [link, target] of [
      ['link.npy', 'old.npy'],
      ['dangling.npy', 'new.npy'],
      ['chain.npy', 'old.npy'],
    ] as const) {
      expect((await cochlea('decode', source, '-o', join(folder, link))).code).toBe(0);
      expect(lstatSync(join(folder, link)).isSymbolicLink()).toBe(true);
      expect(readFileSync(join(folder, 'there', target))).toEqual(wanted);
    }
    expect(readdirSync(join(folder, 'there')).sort()).toEqual(['new.npy', 'old.npy']);
  });

  test('a file keeps its mode', async () => {
    const { folder, source, wanted } = folderWithTone();
    const output = join(folder, 'private.npy');
    for (const mode of [0o600, 0o664, 0o640]) {
      writeFileSync(output, 'old');
      chmodSync(output, mode);
      expect((await cochlea('decode', source, '-o', output)).code).toBe(0);
      expect(statSync(output).mode & 0o7777).toBe(mode);
      expect(readFileSync(output)).toEqual(wanted);
    }
  });

  test.skipIf(process.getuid?.() !== 0)('a file keeps its owner', async () => {
    const { folder, source } = folderWithTone();
    const output = join(folder, 'theirs.npy');
    writeFileSync(output, 'old');
    execFileSync('chown', ['12345:23456', output]);
    expect((await cochlea('decode', source, '-o', output)).code).toBe(0);
    expect(statSync(output)).toMatchObject({ uid: 12345, gid: 23456 });
  });
});

test('--skip-existing leaves what is there, and does the rest', async () => {
  const { folder, source, wanted } = folderWithTone();
  const other = writeWav(join(folder, 'other.wav'), { sampleRate: 8000 });
  writeFileSync(join(folder, 'other.npy'), 'mine');
  const args = ['decode', source, other, '-o', `${folder}/{name}.npy`, '--skip-existing'];
  const run = await cochlea(...args, '--json');
  expect(run.code).toBe(0);
  expect(lines(run)).toMatchObject([
    { file: other, ok: true, skipped: true, output: join(folder, 'other.npy') },
    { file: source, ok: true, output: join(folder, 'tone.npy') },
  ]);
  expect(readFileSync(join(folder, 'other.npy'), 'utf8')).toBe('mine');
  expect(readFileSync(join(folder, 'tone.npy'))).toEqual(wanted);
  expect(await cochlea(...args)).toMatchObject({
    code: 0,
    stdout: '',
    stderr: 'skipped: 2 outputs are there already\n',
  });
  const features = ['features', source, '-o', join(folder, 'tone.npy'), '--skip-existing', '--json'];
  expect(lines(await cochlea(...features))).toMatchObject([{ skipped: true }]);
});
