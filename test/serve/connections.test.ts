import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { slowness } from '../safe/outcome.js';
import { form, post, type Service, service, speech } from './service.js';

/** What clients do with their connections: places and bytes come back whatever that is. */

/** A request whose answer is some 14 MB: more than a connection takes from a service ahead of its reader. */
const request = Buffer.concat([
  Buffer.from(
    `POST /v1/audio/decode?sample_rate=768000&channels=2 HTTP/1.1\r\nhost: x\r\ncontent-type: audio/mpeg\r\ncontent-length: ${speech.length}\r\n\r\n`,
  ),
  speech,
]);

/** A client that never reads. */
function send({ url }: Service, bytes: Uint8Array): Socket {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').pause();
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {});
  socket.write(bytes);
  return socket;
}

async function metric({ url }: Service, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^cochlea_${name} (.+)$`, 'm').exec(text)?.[1]);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000 * slowness;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('it did not come to that');
    await sleep(10);
  }
}

const isFree = async (app: Service) =>
  (await metric(app, 'requests_running')) === 0 && (await metric(app, 'bodies_bytes')) === 0;

test('a client that never read its answer kept its place for ever', async () => {
  await using app = await service({ limits: { timeout: 1000 * slowness, concurrency: 1 } });
  await once(send(app, request), 'readable');
  expect(await metric(app, 'requests_running')).toBe(1);
  await until(() => isFree(app));
  expect((await post(`${app.url}/v1/audio/decode`, form())).status).toBe(200);
});

test('a client that never read its answer kept a service from closing', async () => {
  const app = await service({ grace: 100 });
  // The answer has begun.
  await once(send(app, request), 'readable');
  const start = Date.now();
  await app[Symbol.asyncDispose]();
  expect(Date.now() - start).toBeLessThan(20_000 * slowness);
});

test.each([0, 20])(
  'requests behind another one on the same connection kept their places when it closed: after %i ms',
  async (milliseconds) => {
    await using app = await service({ limits: { concurrency: 2, queue: 20 } });
    for (let i = 0; i < 5; i++) {
      const socket = send(app, Buffer.concat([request, request, request, request]));
      await until(async () => (await metric(app, 'bodies_bytes')) > 0);
      await sleep(milliseconds);
      socket.destroy();
      await once(socket, 'close');
    }
    await until(() => isFree(app));
    expect((await post(`${app.url}/v1/audio/decode`, form())).status).toBe(200);
  },
);

test('twenty requests at once on one connection: twenty answers in their order, and no warning of a leak', async () => {
  const warnings: Error[] = [];
  const warn = (warning: Error) => void warnings.push(warning);
  process.on('warning', warn);
  onTestFinished(() => void process.off('warning', warn));
  await using app = await service();
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  for (let i = 0; i < 20; i++) {
    socket.write(
      `POST /v1/audio/decode HTTP/1.1\r\nhost: x\r\nx-request-id: n${i}\r\ncontent-type: audio/wav\r\ncontent-length: 4\r\n\r\nnope`,
    );
  }
  let text = '';
  while ((text.match(/^x-request-id/gm) ?? []).length < 20) text += (await once(socket, 'data'))[0];
  expect([...text.matchAll(/^x-request-id: (\w+)/gm)].map(([, id]) => id)).toEqual(
    Array.from({ length: 20 }, (_, i) => `n${i}`),
  );
  expect(warnings).toEqual([]);
});
