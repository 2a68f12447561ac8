// What ends a request: its time, its caller, and the end of its client.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { EncodeClient } from '../../dist/client/index.js';
import { errorOf, slowness, thrownBy } from '../safe/outcome.js';
import { type Answer, all, answerAll, clipLine, clips, ndjson, nobody, summaryLine, told } from './services.js';

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
