import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, onTestFinished, test } from 'vitest';
import { program, start } from '../cli/command.js';
import { errorOf, form, post, service, speech } from './service.js';

/** `cochlea serve` while it stops: a request that is still sending its body keeps it. */

async function serve(...flags: readonly string[]) {
  const { child, finished } = start(program, ['serve', '--port', '0', ...flags]);
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  while (!said.includes('listening on ')) said += (await once(child.stderr, 'data'))[0];
  return { url: /http:\S+/.exec(said)?.[0] ?? '', child, finished };
}

/** Sends the headers and the first half of a body. */
async function begin(url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.write(
    `POST /v1/audio/decode HTTP/1.1\r\nhost: localhost\r\ncontent-type: audio/mpeg\r\ncontent-length: ${speech.length}\r\n\r\n`,
  );
  socket.write(speech.subarray(0, speech.length / 2));
  for (;;) {
    const text = await (await fetch(`${url}/metrics`)).text();
    if (!text.includes('cochlea_bodies_bytes 0\n')) return socket;
  }
}

test('after SIGTERM: alive, not ready, new requests refused as the contract says, and the one that is there is answered', async () => {
  const { url, child, finished } = await serve();
  const socket = await begin(url);
  child.kill('SIGTERM');
  let ready: Response;
  do ready = await fetch(`${url}/health/ready`);
  while (ready.status === 200);
  expect([ready.status, await ready.json()]).toEqual([503, { status: 'draining' }]);
  expect((await fetch(`${url}/health`)).status).toBe(200);
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('cochlea_requests_running');
  const refused = await post(`${url}/v1/audio/decode`, form());
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await errorOf(refused)).toMatchObject({ code: 'ERR_CLOSED', fault: 'server' });

  socket.write(speech.subarray(speech.length / 2));
  const [answer] = await once(socket, 'data');
  expect(`${answer}`).toMatch(/^HTTP\/1.1 200 OK\r\n/);
  expect((await finished).code).toBe(0);
});

test.each([
  ['headers', 'POST /v1/audio'],
  ['a body for no route', 'POST /nothing HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\nhalf'],
])('after SIGTERM and the grace period, half of %s kept the process for ever', async (_, half) => {
  const { url, child, finished } = await serve('--grace', '100');
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {});
  socket.write(half);
  // What was sent before is there by the time of this answer.
  await fetch(`${url}/health`);
  child.kill('SIGTERM');
  expect((await finished).code).toBe(0);
});

test.each(['keep-alive', 'close'])(
  'a refusal arrives while the client still sends, and connection: %s',
  async (connection) => {
    await using app = await service({ apiKeys: ['a-key-of-the-service'] });
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    const bytes = 8 * 1024 ** 2;
    socket.write(
      `POST /v1/audio/decode HTTP/1.1\r\nhost: localhost\r\nconnection: ${connection}\r\ncontent-type: audio/wav\r\ncontent-length: ${bytes}\r\n\r\n`,
    );
    // All of it is sent before the answer is looked at.
    await pipeline(Readable.from([Buffer.alloc(bytes)]), socket, { end: false });
    const [answer] = await once(socket, 'data');
    expect(`${answer}`).toMatch(/^HTTP\/1.1 401 Unauthorized\r\n/);
    socket.destroy();
  },
);
