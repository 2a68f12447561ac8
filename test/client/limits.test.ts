// What bounds a request: its time, its reader, its caller, and what a hostile service may send.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { EncodeClient } from '../../dist/client/index.js';
import type { EncodeResponse } from '../../dist/worker/index.js';
import { errorOf, slowness, thrownBy } from '../safe/outcome.js';
import {
  type Answer,
  answerAll,
  clipLine,
  clips,
  errorLine,
  lineOf,
  listening,
  ndjson,
  nobody,
  refuse,
  serve,
  summaryLine,
  textOf,
  told,
} from './services.js';

async function all(responses: AsyncIterable<EncodeResponse>): Promise<EncodeResponse[]> {
  const list: EncodeResponse[] = [];
  for await (const response of responses) list.push(response);
  return list;
}

/** Answers the first clip, and no more. `gone` resolves when the client has closed the connection. */
async function stalling(): Promise<{ address: string; gone: Promise<unknown> }> {
  let left: (value: unknown) => void = () => {};
  const gone = new Promise((resolve) => {
    left = resolve;
  });
  const answer: Answer = async ({ items }, response) => {
    response.once('close', left);
    response.writeHead(200, ndjson).write(await clipLine(0, items[0] ?? {}));
  };
  return { address: (await told(answer)).address, gone };
}

/** Resolves when there is room again, or nobody to write to. */
async function drained(response: ServerResponse): Promise<void> {
  const over = new AbortController();
  const events = ['drain', 'close'].map((event) => once(response, event, { signal: over.signal }).catch(() => {}));
  await Promise.race(events);
  over.abort();
}

describe('time', () => {
  test.each([
    ['timeout', { timeout: 300 }, {}],
    ['deadline_ms of the request', {}, { deadline_ms: 300 }],
  ])('%s: clips that are not done have ERR_AUDIO_LIMIT, and the connection is closed', async (_, options, more) => {
    const { address, gone } = await stalling();
    await using client = new EncodeClient({ addresses: address, ...options });
    const start = performance.now();
    const responses = await all(client.generate({ items: clips(3), ...more }));
    expect(performance.now() - start).toBeLessThan(5000 * slowness);
    const error = {
      code: 'ERR_AUDIO_LIMIT',
      message: 'the clip was not done within 300 ms',
      fault: 'server',
      retryable: true,
    };
    expect(responses).toMatchObject([
      { index: 0, tokens: 1 },
      { index: 1, id: 'clip 1', error },
      { index: 2, id: 'clip 2', error },
      { summary: { items: 3, failed: 2, tokens: 1 } },
    ]);
    await gone;
    const received = await client.embed({ items: clips(2), ...more });
    expect(received[1]).toMatchObject({ error: { name: 'LimitError', limit: 'timeout', max: 300 } });
  });

  test('a service that does not even begin its answer', async () => {
    const { address } = await told(() => {});
    await using client = new EncodeClient({ addresses: address, timeout: 200 });
    expect(await errorOf(client.embed('https://example.com/1'))).toMatchObject({
      name: 'LimitError',
      limit: 'timeout',
    });
  });

  test('the service is told how much is left, at each try', async () => {
    const { address, asked } = await told(async (each, response, request, before) => {
      if (before > 0) return answerAll(each, response);
      await new Promise((resolve) => setTimeout(resolve, 100));
      request.socket.destroy();
    });
    await using client = new EncodeClient({ addresses: address, timeout: 30_000 });
    await client.embed({ items: clips(1), deadline_ms: 20_000 });
    const [first = 0, second = 0] = asked.map(({ deadline_ms }) => deadline_ms);
    expect(first).toBeGreaterThan(19_000);
    expect(first).toBeLessThanOrEqual(20_000);
    expect(first - second).toBeGreaterThan(150);
  });

  test('tries end with it: the cause of the last one is said', async () => {
    const { address } = await told((_, __, request) => request.socket.destroy());
    await using client = new EncodeClient({ addresses: address, timeout: 500, retries: 100 });
    const error = await errorOf(client.embed('https://example.com/1'));
    expect(['ERR_SERVICE_FAILED', 'ERR_AUDIO_LIMIT']).toContain(error.code);
    const failure = error.code === 'ERR_AUDIO_LIMIT' ? (error.cause as Error) : error;
    expect(failure).toMatchObject({ code: 'ERR_SERVICE_FAILED', cause: { code: 'ECONNRESET' } });
  });
});

describe('leaving', () => {
  test('a signal that aborts while an answer is awaited: AbortError, and the connection is closed', async () => {
    const { address, gone } = await stalling();
    await using client = new EncodeClient({ addresses: address });
    const controller = new AbortController();
    const responses = client.generate({ items: clips(2) }, { signal: controller.signal });
    await responses.next();
    setTimeout(() => controller.abort('enough'), 30);
    expect(await errorOf(responses.next())).toMatchObject({ name: 'AbortError', cause: 'enough' });
    await gone;
    expect(client.stats[0]).toMatchObject({ requests: 0, failures: 0 });
  });

  test('a signal that aborts while a tensor is received, before the first step, and between two tries', async () => {
    const { address } = await told(answerAll);
    await using client = new EncodeClient({ addresses: address });
    const aborted = AbortSignal.abort();
    expect(await errorOf(client.embed({ items: clips(1) }, { signal: aborted }))).toMatchObject({ name: 'AbortError' });
    await using lonely = new EncodeClient({ addresses: await nobody(), retries: 1000 });
    const later = AbortSignal.timeout(300);
    expect(await errorOf(lonely.embed({ items: clips(1) }, { signal: later }))).toMatchObject({ name: 'AbortError' });
    const silent = await told(async (each, response, _, before) => {
      if (before > 0) return;
      const line = JSON.parse(await clipLine(0, each.items[0] ?? {}));
      line.transfer = { ...line.transfer, mode: 'http', url: `${silent.address}/v1/tensors/1` };
      response.writeHead(200, ndjson).end(`${JSON.stringify(line)}\n${summaryLine}`);
    });
    await using receiving = new EncodeClient({ addresses: silent.address });
    const soon = { signal: AbortSignal.timeout(300) };
    expect(await errorOf(receiving.embed({ items: clips(1) }, soon))).toMatchObject({ name: 'AbortError' });
  });

  test('the loop: the service is told by the end of the connection', async () => {
    const { address, gone } = await stalling();
    await using client = new EncodeClient({ addresses: address });
    for await (const response of client.generate({ items: clips(2) })) {
      expect(response).toMatchObject({ index: 0 });
      break;
    }
    await gone;
  });

  test('while the summary is awaited: nobody waits for a service that is silent', async () => {
    const { address, gone } = await stalling();
    await using client = new EncodeClient({ addresses: address });
    const responses = client.generate({ items: clips(1) });
    await responses.next();
    const pending = responses.next();
    await responses.return();
    expect(await pending).toEqual({ done: true, value: undefined });
    await gone;
  });

  test('close: whoever waits gets ERR_CLOSED, and so does whoever asks later', async () => {
    const { address, gone } = await stalling();
    const client = new EncodeClient({ addresses: address });
    const begun = client.generate({ items: clips(2) });
    const slow = client.generate({ items: clips(2) });
    const late = client.generate({ items: clips(1) });
    await begun.next();
    await slow.next();
    const pending = errorOf(begun.next());
    const received = errorOf(client.embed({ items: clips(2) }));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await client.close();
    const closed = { name: 'ClosedError', code: 'ERR_CLOSED', message: 'the client was closed' };
    expect(await pending).toMatchObject(closed);
    expect(await received).toMatchObject(closed);
    expect(await errorOf(slow.next())).toMatchObject(closed);
    expect(await errorOf(late.next())).toMatchObject(closed);
    expect(thrownBy(() => client.generate({ items: clips(1) }))).toMatchObject(closed);
    await gone;
    await client.close();
  });

  test('a process that is done ends, though its client was never closed', async () => {
    const { address } = await told(answerAll);
    const program = `
      import { EncodeClient } from '${fileURLToPath(new URL('../../dist/client/index.js', import.meta.url))}';
      const client = new EncodeClient({ addresses: ['${address}', '${await nobody()}'] });
      for (let i = 0; i < 3; i++) console.log((await client.embed('https://example.com/' + i)).tensor.data[0]);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
    });
    const [code] = await once(child, 'exit');
    expect([code, text]).toEqual([0, '0\n1\n2\n']);
  });
});

describe('connections', () => {
  async function counting(answer: (response: ServerResponse) => void) {
    const sockets = new Set<Socket>();
    let opened = 0;
    let most = 0;
    const { server, address } = await listening(async (request, response) => {
      const { items } = JSON.parse(await textOf(request));
      response.writeHead(200, ndjson);
      for (const [index, item] of items.entries()) response.write(await clipLine(index, item));
      answer(response);
    });
    server.on('connection', (socket) => {
      opened++;
      sockets.add(socket);
      most = Math.max(most, sockets.size);
      socket.once('close', () => sockets.delete(socket));
    });
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return { address, counts: () => ({ opened, most }) };
  }

  test('are used again', async () => {
    const { address, counts } = await counting((response) => {
      response.write(summaryLine);
      setTimeout(() => response.end(), 5);
    });
    await using client = new EncodeClient({ addresses: address });
    for (let i = 0; i < 20; i++) {
      await client.embed({ items: clips(2) });
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    expect(counts().opened).toBeLessThanOrEqual(3);
  });

  test('are no more than the option says', async () => {
    const { address, counts } = await counting((response) => setTimeout(() => response.end(summaryLine), 20));
    await using client = new EncodeClient({ addresses: address, connections: 2 });
    await Promise.all(Array.from({ length: 12 }, () => client.embed({ items: clips(1) })));
    expect(counts()).toEqual({ opened: 2, most: 2 });
  });

  test('are closed if a service does not end its answer after the summary', async () => {
    const { address } = await told(async ({ items }, response) => {
      response.writeHead(200, ndjson).write((await clipLine(0, items[0] ?? {})) + summaryLine);
      await once(response, 'close');
      ended();
    });
    let ended = (): void => {};
    const gone = new Promise<void>((resolve) => {
      ended = resolve;
    });
    await using client = new EncodeClient({ addresses: address });
    await client.embed({ items: clips(1) });
    await gone;
  });
});

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
