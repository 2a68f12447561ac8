import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { type ErrorKind, errorKinds } from '../../dist/error_kinds.js';
import { FetchFailedError, type LimitName, SourceError } from '../../dist/errors.js';
import { type CochleaError, decode, encode, encodeStream, LimitError } from '../../dist/index.js';
import { AudioLoader } from '../../dist/load/index.js';
import { errorOf } from './outcome.js';
import { toneWav } from './sounds.js';

const folder = mkdtempSync(join(tmpdir(), 'cochlea-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What a script throws, in a process of its own: it has `decode`, and what Node has. */
function failureApart(script: string, limit = ''): Record<string, unknown> {
  const preamble = `
    import * as fs from 'node:fs';
    import { decode } from '${new URL('../../dist/index.js', import.meta.url).href}';
    const report = ({ code, fault, retryable, message, cause }) =>
      console.log(JSON.stringify({ code, fault, retryable, message, cause: cause?.code }));
  `;
  const file = join(folder, 'script.mjs');
  writeFileSync(file, `${preamble}${script}`);
  const args = ['-c', `${limit || ':'}; exec "$@"`, 'sh', process.execPath, file];
  const { stdout, stderr } = spawnSync('sh', args, { encoding: 'utf8' });
  expect(stderr).toBe('');
  return JSON.parse(stdout) as Record<string, unknown>;
}

async function drained(source: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of source);
}

/** An MP4 whose index is behind the samples, of more than is kept in memory. */
const long = `
  const mov = fs.readFileSync('${fileURLToPath(new URL('../fixtures/ranges/pcm.mov', import.meta.url))}');
  const padding = Buffer.alloc(40 * 1024 ** 2);
  padding.writeUInt32BE(padding.length, 0);
  padding.write('free', 4);
  async function* stream() { yield mov;
    for (let at = 0; at < padding.length; at += 1e6) yield padding.subarray(at, at + 1e6); }
`;

describe('what the service lacks is its own fault', () => {
  test('a folder of temporary files that does not exist', async () => {
    const script = `${long} process.env.TMPDIR = '/nope'; decode(stream()).catch(report);`;
    expect(failureApart(script)).toMatchObject({
      code: 'ERR_AUDIO_SPOOL',
      fault: 'server',
      retryable: false,
      cause: 'ENOENT',
      message: expect.stringContaining('/nope'),
    });
  });

  test('a disk that is full', async () => {
    // What a file may have at most stands for what the disk has: Node ignores the signal, and the write fails.
    const script = `${long} decode(stream()).catch(report);`;
    const failure = failureApart(script, 'ulimit -f 1000');
    expect(failure).toMatchObject({ code: 'ERR_AUDIO_SPOOL', fault: 'server', cause: 'EFBIG' });
  });

  test('too many open files', async () => {
    const path = join(folder, 'tone.wav');
    writeFileSync(path, toneWav(1));
    const script = `
      await decode(${JSON.stringify(path)});
      try { for (;;) fs.openSync('/dev/null'); } catch {}
      await decode(${JSON.stringify(path)}).catch(report);
    `;
    const failure = failureApart(script, 'ulimit -n 100');
    expect(failure).toMatchObject({ code: 'ERR_AUDIO_SOURCE', fault: 'server', retryable: true, cause: 'EMFILE' });
  });

  test('permissions of its files', async () => {
    const path = join(folder, 'secret.wav');
    writeFileSync(path, toneWav(1));
    chmodSync(path, 0);
    chmodSync(folder, 0o755);
    // Root may read everything.
    const script = `
      if (process.getuid() === 0) process.setuid(65534);
      decode(${JSON.stringify(path)}).catch(report);
    `;
    expect(failureApart(script)).toMatchObject({ fault: 'server', retryable: false, cause: 'EACCES' });
  });

  test('a folder that may be read and is not there', async () => {
    const loader = new AudioLoader({ allowedRoot: join(folder, 'nope') });
    const error = await errorOf(loader.load('a.wav'));
    expect(error).toMatchObject({ code: 'ERR_FETCH_REFUSED', reason: 'root', fault: 'server' });
    await loader.close();
  });

  test('a stream of something else than bytes', async () => {
    const words = () => Readable.from(['no', 'bytes']);
    expect(await errorOf(decode(words()))).toMatchObject({ code: 'ERR_AUDIO_SOURCE', fault: 'server' });
    const loader = new AudioLoader();
    expect(await errorOf(loader.load(words()))).toMatchObject({ code: 'ERR_AUDIO_SOURCE', fault: 'server' });
    await loader.close();
  });

  test('nothing to encode', async () => {
    const nothing = { data: new Float32Array(0), sampleRate: 16_000 };
    const kind = { code: 'ERR_AUDIO_EMPTY', fault: 'server' };
    expect(await errorOf(encode(nothing, { format: 'wav' }))).toMatchObject(kind);
    for (const source of [[], [nothing]]) {
      expect(await errorOf(drained(encodeStream(source, { format: 'flac' })))).toMatchObject(kind);
    }
  });
});

test('what the sender names or sends stays the sender’s fault', async () => {
  const dead = new Readable({ read: () => dead.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' })) });
  for (const source of [join(folder, 'nope.wav'), folder, dead, new Uint8Array(0)]) {
    expect(await errorOf(decode(source))).toMatchObject({ fault: 'client', retryable: false });
  }
});

describe('the remedy of a client’s fault can be passed on to the client', () => {
  const limits: LimitName[] = [
    'inputBytes',
    'seconds',
    'decodedBytes',
    'channels',
    'streams',
    'sampleRate',
    'timeout',
    'encodedBytes',
    'bodyBytes',
    'dataUrlBytes',
    'urlLength',
  ];
  const kinds: [string, Pick<ErrorKind, 'fault' | 'remedy'>][] = [
    ...(Object.entries(errorKinds) as [string, ErrorKind][]),
    ...limits.map((name): [string, CochleaError] => [name, new LimitError('', name, 1, 2)]),
    ['an address', new FetchFailedError('', 'status', true, { status: 404 })],
    ['a file', new SourceError('ERR_AUDIO_SOURCE', '', { cause: { code: 'ENOENT' } })],
  ];
  const ofClients = kinds.filter(([, { fault }]) => fault === 'client');

  test('there are such', () => expect(ofClients.length).toBeGreaterThan(20));

  test.each(ofClients)('%s', (_, { remedy }) => {
    // No code, no option, no class, no file of ours, no command.
    expect(remedy).not.toMatch(/`|\b[a-z]+[A-Z]|\b[Oo]ptions?\b|docs\/|\.md\b|--\w|[Cc]ochlea|\bprobe\b|tools\//);
    expect(remedy).toMatch(/^[A-Z].*\.$/);
  });
});
