// What a hostile service may send, and what it may not learn.

import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { EncodeClient } from '../../dist/client/index.js';
import { errorOf } from '../safe/outcome.js';
import {
  all,
  clipLine,
  clips,
  errorLine,
  lineOf,
  ndjson,
  nobody,
  refuse,
  serve,
  summaryLine,
  told,
} from './services.js';

/** Resolves when there is room again, or nobody to write to. */
async function drained(response: ServerResponse): Promise<void> {
  const over = new AbortController();
  const events = ['drain', 'close'].map((event) => once(response, event, { signal: over.signal }).catch(() => {}));
  await Promise.race(events);
  over.abort();
}

describe('what a service sends', () => {
  test('a line without an end: no more than maxLineBytes is held, and the connection is closed', async () => {
    let written = 0;
    const { address, asked } = await told(async (_, response) => {
      response.writeHead(200, ndjson);
      const block = Buffer.alloc(64 * 1024, 'a');
      while (!response.destroyed && written < 1024 ** 3) {
        written += block.length;
        if (!response.write(block)) await drained(response);
      }
    });
    await using client = new EncodeClient({ addresses: address, maxLineBytes: 1024 ** 2 });
    const error = await errorOf(client.embed({ items: clips(2) }));
    expect(error).toMatchObject({ name: 'TransferTooLargeError', message: expect.stringContaining('maxLineBytes') });
    expect(written).toBeLessThan(64 * 1024 ** 2);
    expect(asked.length).toBe(1);
  });

  test('lines byte by byte, lines together, empty lines, lines of CRLF', async () => {
    const text = async (items: readonly object[]): Promise<string> => {
      const lines = await Promise.all(items.map((item, index) => clipLine(index, item as Record<string, unknown>)));
      return `\n\r\n${lines.join('\n').replaceAll('\n', '\r\n')}${errorLine(items.length, 'ERR_AUDIO_EMPTY', false, 'ö€😀')}`;
    };
    const { address } = await told(async ({ items }, response, _, before) => {
      response.writeHead(200, ndjson);
      const bytes = Buffer.from((await text(items.slice(0, -1))) + summaryLine);
      response.socket?.setNoDelay(true);
      if (before === 0) return response.end(bytes);
      for (let i = 0; i < bytes.length; i++) response.write(bytes.subarray(i, i + 1));
      response.end();
    });
    await using client = new EncodeClient({ addresses: address });
    for (let i = 0; i < 2; i++) {
      const received = await client.embed({ items: clips(4) });
      expect(received[2]).toMatchObject({ tensor: { data: Float32Array.of(2, 0) } });
      expect(received[3]).toMatchObject({ error: { message: 'ö€😀' } });
    }
  });

  test('more than its reader takes: the socket is paused, and the service waits', async () => {
    const tensor = { data: new Float32Array(256 * 1024), shape: [1024, 256], dtype: 'float32' as const };
    const line = await lineOf(0, tensor);
    let written = 0;
    const { address } = await told(async ({ items }, response) => {
      response.writeHead(200, ndjson);
      for (const index of items.keys()) {
        if (!response.write(line.replace('"index":0', `"index":${index}`))) await once(response, 'drain');
        written++;
      }
      response.end(summaryLine);
    });
    await using client = new EncodeClient({ addresses: address });
    const count = 100;
    let read = 0;
    for await (const response of client.generate({ items: clips(count) })) {
      if ('summary' in response) break;
      if (++read <= 3) await new Promise((resolve) => setTimeout(resolve, 200));
      // Each is 1.4 MB; the buffers of the sockets take some megabytes.
      expect(written - read).toBeLessThan(20);
    }
    expect(read).toBe(count);
  });

  test('a refusal before it has read what is sent', async () => {
    const address = await serve((_, response) => {
      response.writeHead(413, { 'content-type': 'application/json', connection: 'close' });
      response.end(
        JSON.stringify({ error: { code: 'ERR_AUDIO_LIMIT', message: 'large', fault: 'client', retryable: false } }),
      );
    });
    await using client = new EncodeClient({ addresses: address, retries: 2 });
    const error = await errorOf(client.embed(Buffer.alloc(50 * 1024 ** 2)));
    expect(error).toMatchObject({ code: 'ERR_AUDIO_LIMIT', fault: 'client', retryable: false });
  });

  test('a refusal by a service that reads no further: the rest is not sent', async () => {
    const body = JSON.stringify({ error: { code: 'ERR_AUDIO_LIMIT', message: 'large', retryable: false } });
    let received = 0;
    let accepted: Socket | undefined;
    const server = createServer((socket) => {
      accepted = socket.on('error', () => {});
      socket.once('data', () => {
        socket.pause();
        socket.write(`HTTP/1.1 413 No\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    await using client = new EncodeClient({ addresses: `http://127.0.0.1:${port}` });
    const bytes = Buffer.alloc(50 * 1024 ** 2);
    expect(await errorOf(client.embed(bytes))).toMatchObject({ code: 'ERR_AUDIO_LIMIT' });
    accepted?.on('data', (chunk) => {
      received += chunk.length;
    });
    accepted?.resume();
    await once(accepted as Socket, 'close');
    expect(received).toBeLessThan(bytes.length / 2);
  });

  test('an answer of errors without an end', async () => {
    const address = await serve(async (_, response) => {
      response.writeHead(503);
      while (!response.destroyed) {
        if (!response.write('x'.repeat(65_536))) await drained(response);
      }
    });
    await using client = new EncodeClient({ addresses: address, retries: 0 });
    expect(await errorOf(client.embed('https://example.com/1'))).toMatchObject({
      code: 'ERR_SERVICE_FAILED',
      status: 503,
    });
  });

  test.each([
    ['is no HTTP', 'SSH-2.0-OpenSSH\r\n'],
    ['has endless headers', `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(100_000)}`],
    ['switches protocols', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'],
  ])('what %s', async (_, text) => {
    const server = createServer((socket) => socket.on('error', () => {}).end(text)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    await using client = new EncodeClient({ addresses: `http://127.0.0.1:${port}`, retries: 1 });
    const error = await errorOf(client.embed('https://example.com/1'));
    expect(error).toMatchObject({ code: 'ERR_SERVICE_FAILED', fault: 'server' });
  });
});

describe('the key', () => {
  const apiKey = 'sk-0123456789abcdef';

  test('is sent to the service', async () => {
    const sent: (string | undefined)[] = [];
    const { address } = await told((_, response, { headers }) => {
      sent.push(headers.authorization);
      response.writeHead(200, ndjson);
      response.end(errorLine(0, 'ERR_AUDIO_EMPTY', false, `${headers.authorization} is empty`) + summaryLine);
    });
    await using client = new EncodeClient({ addresses: address, apiKey });
    const [response] = await all(client.generate({ items: clips(1) }));
    // A service that repeats it does not get it into our logs.
    expect(response).toMatchObject({ error: { message: 'Bearer … is empty' } });
    await using none = new EncodeClient({ addresses: address });
    await all(none.generate({ items: clips(1) }));
    expect(sent).toEqual([`Bearer ${apiKey}`, undefined]);
  });

  test('is in no error and in no log', async () => {
    const echoing = await serve((request, response) => {
      const { authorization: message = '' } = request.headers;
      refuse(response, 400, { code: message, message: `${message} is wrong`, remedy: `Not ${message}` });
    });
    const reset = await serve((request) => request.socket.destroy());
    for (const addresses of [echoing, reset, await nobody()]) {
      await using client = new EncodeClient({ addresses, apiKey, retries: 0 });
      const error = await errorOf(client.embed('https://example.com/1'));
      for (const shown of [client, error, client.stats]) {
        expect(inspect(shown, { depth: 20, showHidden: true, getters: true })).not.toContain(apiKey);
        expect(JSON.stringify(shown)).not.toContain(apiKey);
      }
    }
  });
});
