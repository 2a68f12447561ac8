import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import busboy from 'busboy';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type CochleaError, decode } from '../../dist/index.js';

/** The programs that take uploads, with bodies that are refused while most of them is still to come. */

const root = fileURLToPath(new URL('../../', import.meta.url));
const speech = readFileSync(join(root, 'test/fixtures/ranges/lame.mp3'));
const megabyte = 1024 ** 2;

/** The handler that the README shows, at a port of its own. */
function readme(): string[] {
  const text = readFileSync(join(root, 'README.md'), 'utf8');
  const [, program = ''] = /```js\n(import \{ createServer[\s\S]*?)```/.exec(text) ?? [];
  const say = "function () { console.log('http://127.0.0.1:' + this.address().port); }";
  return ['--input-type=module', '--eval', program.replace('.listen(8080)', `.listen(0, ${say})`)];
}

async function serve(program: string): Promise<string> {
  const args = program === 'README.md' ? readme() : [join(root, 'examples', program), '0'];
  const server = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    server.kill();
  });
  return new Promise((resolve) => server.stdout.once('data', (line) => resolve(`${line}`.trim())));
}

interface Body {
  readonly type: string;
  readonly pieces: Iterable<Uint8Array>;
}

/**
 * Sends all before it looks at the answer, as many clients do. Not by Node's own client, which stops sending where an
 * answer ends first, without saying so.
 */
async function post(url: string, { type, pieces }: Body, connection = 'keep-alive') {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
  });
  const head = `POST / HTTP/1.1\r\nhost: localhost\r\nconnection: ${connection}\r\ncontent-type: ${type}\r\ntransfer-encoding: chunked\r\n\r\n`;
  await pipeline(Readable.from(chunked(head, pieces)), socket, { end: false });
  let answer = '';
  for await (const text of socket.setEncoding('utf8')) {
    answer += text;
    if (/\}\s*(0\s*)?$/.test(answer)) break;
  }
  const [, status] = /^HTTP\/1.1 (\d+) /.exec(answer) ?? [];
  return { status: Number(status), answer: JSON.parse(answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1)) };
}

function* chunked(head: string, pieces: Iterable<Uint8Array>): Iterable<Uint8Array> {
  yield Buffer.from(head);
  for (const piece of pieces) {
    if (piece.length > 0)
      yield Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]);
  }
  yield Buffer.from('0\r\n\r\n');
}

const asBody = (pieces: Iterable<Uint8Array>): Body => ({ type: 'application/octet-stream', pieces });

const asForm = (pieces: Iterable<Uint8Array>): Body => ({
  type: 'multipart/form-data; boundary=edge',
  pieces: (function* () {
    yield Buffer.from('--edge\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n');
    yield* pieces;
    yield Buffer.from('\r\n--edge--\r\n');
  })(),
});

function* repeated(bytes: number, first: Uint8Array = Buffer.alloc(0)): Iterable<Uint8Array> {
  yield first;
  const piece = Buffer.alloc(megabyte, 'no audio');
  for (let left = bytes; left > 0; left -= piece.length) yield piece.subarray(0, left);
}

/** The header of a WAV file of 16 bits, whose samples are as many bytes. */
function wavHeader(bytes: number): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF____WAVEfmt ', 'latin1');
  header.writeUInt32LE(36 + bytes, 4);
  for (const [at, value] of [
    [16, 16],
    [24, 48_000],
    [28, 192_000],
    [40, bytes],
  ] as const)
    header.writeUInt32LE(value, at);
  for (const [at, value] of [
    [20, 1],
    [22, 2],
    [32, 4],
    [34, 16],
  ] as const)
    header.writeUInt16LE(value, at);
  header.write('data', 36, 'latin1');
  return header;
}

describe.each([
  ['README.md', asBody],
  ['upload.mjs', asBody],
  ['upload-busboy.mjs', asForm],
  ['upload-multer.mjs', asForm],
  ['upload-fastify.mjs', asForm],
] as const)('%s', (program, wrapped) => {
  test('answers with what was uploaded', async () => {
    const { status, answer } = await post(await serve(program), wrapped([speech]));
    expect(status).toBe(200);
    expect(answer.codec === 'mp3' || Array.isArray(answer.chunks)).toBe(true);
  });

  test('what is no audio is answered with why, although the client sends on for 20 MB', async () => {
    const url = await serve(program);
    for (let i = 0; i < 3; ++i) {
      const { status, answer } = await post(url, wrapped(repeated(20 * megabyte)));
      expect([status, answer.code]).toEqual([400, 'ERR_AUDIO_UNSUPPORTED_CONTAINER']);
      expect(answer.remedy).toEqual(expect.any(String));
    }
  });

  test('what is too large is answered with 413', { timeout: 120_000 }, async () => {
    const size = 120 * megabyte;
    const { status, answer } = await post(await serve(program), wrapped(repeated(size, wavHeader(size))));
    expect([status, typeof answer.message]).toEqual([413, 'string']);
  });
});

test('a form that comes as a body is said to be one', async () => {
  const { status, answer } = await post(await serve('upload.mjs'), { ...asForm([speech]) });
  expect([status, answer.code]).toEqual([400, 'ERR_AUDIO_UNSUPPORTED_CONTAINER']);
  expect(answer.message).toMatch(/this is a multipart form/);
});

test('a file that the form parser has cut is not taken for a whole one', async () => {
  const { type, pieces } = asForm([speech]);
  const form = busboy({ headers: { 'content-type': type }, limits: { fileSize: speech.length - 1000 } });
  const decoded = new Promise((resolve, reject) => {
    form.on('file', (_, file) => void decode(file).then(resolve, reject));
  });
  await Promise.all([
    pipeline(Readable.from(pieces), form),
    expect(decoded).rejects.toMatchObject({
      code: 'ERR_AUDIO_SOURCE',
      fault: 'client',
      message: /larger than the form parser/,
    }),
  ]);
});

test('a client that wants the connection closed gets its answer where the handler waits for the end of the body', async () => {
  const server = createServer(async (request, response) => {
    const failure = await decode(request).catch((error: CochleaError) => error);
    if (request.headers.connection === 'close') await finished(request);
    response.writeHead(400).end(JSON.stringify({ code: (failure as CochleaError).code }));
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.close();
  });
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const { status, answer } = await post(url, asBody(repeated(20 * megabyte)), 'close');
  expect([status, answer.code]).toEqual([400, 'ERR_AUDIO_UNSUPPORTED_CONTAINER']);
});
