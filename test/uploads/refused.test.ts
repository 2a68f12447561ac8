import { once } from 'node:events';
import { createReadStream, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import * as http2 from 'node:http2';
import { type AddressInfo, connect } from 'node:net';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AudioDecoder } from '../../dist/index.js';
import { AudioLoader } from '../../dist/load/index.js';
import { native } from '../../dist/native/binding.js';
import { until } from '../concurrency/long-audio.js';
import { errorOf } from '../safe/outcome.js';

/**
 * Uploads that are refused, larger than all buffers between the two sides together. Closing the request closed its
 * connection, and the client saw ECONNRESET in place of the 413.
 */

const mp3 = readFileSync(fileURLToPath(new URL('../fixtures/ranges/lame.mp3', import.meta.url)));
/** Of which the first bytes tell. */
const large = Buffer.alloc(20e6, '--x\r\nContent-Disposition: form-data; name=file\r\n\r\n');
/** More than is read ahead: the first bytes tell before it is reached. */
const limits = { inputBytes: 4e6 };
const decoder = new AudioDecoder({ limits });
const loader = new AudioLoader({ limits });

const takes: Record<string, (request: Readable) => Promise<unknown>> = {
  decode: (request) => decoder.decode(request),
  probe: (request) => new AudioDecoder().probe(request),
  'a web Request': (request) =>
    decoder.decode(
      new Request('http://here/', { method: 'POST', body: Readable.toWeb(request), duplex: 'half' } as RequestInit),
    ),
  load: (request) => loader.load(request),
  async stream(request) {
    for await (const _ of decoder.stream(request));
  },
  async windows(request) {
    for await (const _ of decoder.windows(request, { seconds: 1 }));
  },
};

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const kind = decodeURIComponent(request.url?.slice(1) ?? '');
  try {
    await takes[kind]?.(request);
    response.end('taken');
  } catch (error) {
    response.writeHead((error as { limit?: string }).limit ? 413 : 400);
    response.end((error as { code: string }).code);
  }
}

let server: Server;
let port: number;
beforeAll(async () => {
  server = createServer(handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await loader.close();
});

/** Too large in the end, though it begins as audio does; and refused for its first bytes. */
const bodies = [
  ['too large', Buffer.concat([mp3, mp3, mp3, mp3, mp3, large]), 413, 'ERR_AUDIO_LIMIT'],
  ['no audio, by its first bytes', large, 400, 'ERR_AUDIO_UNSUPPORTED_CONTAINER'],
] as const;

describe.each(['decode', 'load', 'stream', 'windows', 'a web Request'])('a request that %s refuses', (kind) => {
  test.each(bodies)('is answered: %s', async (_, body, status, code) => {
    const response = await fetch(`http://127.0.0.1:${port}/${kind}`, { method: 'POST', body });
    expect([response.status, await response.text()]).toEqual([status, code]);
  });

  test('is answered to a client that reads nothing before it has sent all, and whose connection goes on', async () => {
    const socket = connect(port, '127.0.0.1').pause();
    await once(socket, 'connect');
    for (let round = 0; round < 2; round++) {
      socket.write(
        `POST /${encodeURIComponent(kind)} HTTP/1.1\r\nHost: here\r\nContent-Length: ${large.length}\r\n\r\n`,
      );
      await new Promise((sent) => socket.write(large, sent));
      const [answer] = await Promise.all([once(socket, 'data'), socket.resume()]);
      socket.pause();
      expect(String(answer)).toMatch(/^HTTP\/1\.1 4(00|13) /);
      while (socket.read() !== null);
    }
    socket.destroy();
  });
});

test('a request whose headers alone are wanted can be answered, too', async () => {
  const response = await fetch(`http://127.0.0.1:${port}/probe`, { method: 'POST', body: Buffer.concat([mp3, large]) });
  expect(await response.text()).toBe('taken');
});

test('of HTTP/2 as well', async () => {
  const secureless = http2.createServer(handle as never).listen(0, '127.0.0.1');
  await once(secureless, 'listening');
  const client = http2.connect(`http://127.0.0.1:${(secureless.address() as AddressInfo).port}`);
  const stream = client.request({ ':method': 'POST', ':path': '/decode' });
  Readable.from(Array.from({ length: 200 }, (_, i) => large.subarray(i * 1e5, (i + 1) * 1e5))).pipe(stream);
  const [headers] = await once(stream, 'response');
  expect(headers[':status']).toBe(400);
  expect(await Readable.prototype.toArray.call(stream)).toEqual([Buffer.from('ERR_AUDIO_UNSUPPORTED_CONTAINER')]);
  client.destroy();
  secureless.close();
});

test('what comes from no client is closed: a file, a download', async () => {
  const file = createReadStream(fileURLToPath(import.meta.url), { highWaterMark: 10 });
  await errorOf(decoder.decode(file));
  await until(() => file.closed);
  const endless = createServer((_, response) => {
    response.on('close', () => endless.close());
    Readable.from(Array.from({ length: 1000 }, () => large))
      .pipe(response)
      .on('error', () => {});
  }).listen(0, '127.0.0.1');
  await once(endless, 'listening');
  const url = `http://127.0.0.1:${(endless.address() as AddressInfo).port}`;
  expect(await errorOf(decoder.decode(await fetch(url)))).toMatchObject({ code: 'ERR_AUDIO_UNSUPPORTED_CONTAINER' });
  await once(endless, 'close');
});

test('a refused upload that goes on for ever does not hold a thread', async () => {
  const socket = connect(port, '127.0.0.1');
  socket.write('POST /decode HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n');
  socket.write(`20000\r\n${large.toString('latin1', 0, 0x20000)}\r\n`);
  const [answer] = await once(socket, 'data');
  expect(String(answer)).toMatch(/^HTTP\/1\.1 400 /);
  expect(native.load()).toMatchObject({ running: 0, stalled: 0 });
  socket.destroy();
});
