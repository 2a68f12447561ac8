// Services that fail in every way: what one does not answer is asked for at another one, and nothing twice.

import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { Worker } from 'node:worker_threads';
import { describe, expect, onTestFinished, test } from 'vitest';
import { EncodeClient, type EncodeClientOptions, type FailedClip, type ReceivedClip } from '../../dist/client/index.js';
import type { EncodedItem } from '../../dist/worker/index.js';
import { errorOf, slowness } from '../safe/outcome.js';
import {
  type Answer,
  type Asked,
  all,
  answerAll,
  clipLine,
  clips,
  errorLine,
  ndjson,
  nobody,
  numberIn,
  refuse,
  serve,
  summaryLine,
  told,
} from './services.js';

/** Which clips a service was asked for. */
const numbers = ({ items }: Asked): number[] => items.map(({ audio_url }) => numberIn(audio_url));

/** Which clip each tensor is of. */
function numbersOf(received: readonly (ReceivedClip | FailedClip)[]): (number | string)[] {
  return received.map((clip) =>
    'error' in clip ? clip.error.code : ((clip.tensor.data as Float32Array)[0] as number),
  );
}

/** The address of a server that accepts nothing, and whose queue of connections is full. */
async function fullOfConnections(): Promise<string> {
  const program = `
    const { parentPort } = require('node:worker_threads');
    const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      parentPort.postMessage(server.address().port);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`;
  const thread = new Worker(program, { eval: true });
  const [port] = await once(thread, 'message');
  const sockets = Array.from({ length: 5 }, () => connect(port, '127.0.0.1').on('error', () => {}));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await thread.terminate();
  });
  await new Promise((resolve) => setTimeout(resolve, 300));
  // Linux takes one more than the backlog, and drops the rest.
  expect(sockets.some(({ connecting }) => connecting)).toBe(true);
  return `http://127.0.0.1:${port}`;
}

/** Answers the first clips, and then does something else. */
function half(then: (response: ServerResponse) => unknown): Answer {
  return async ({ items }, response) => {
    response.writeHead(200, ndjson);
    const some = items.slice(0, 2);
    // The other way round: the order of answers is free.
    for (const [index, item] of [...some.entries()].toReversed()) response.write(await clipLine(index, item));
    await new Promise((resolve) => setTimeout(resolve, 20));
    then(response);
  };
}

const cuts: Record<string, (response: ServerResponse) => unknown> = {
  'is reset': (response) => response.socket?.resetAndDestroy(),
  'ends without a summary': (response) => response.end(),
  'ends in the middle of a line': (response) => response.end('{"index":2,"embed'),
  'says that it failed, for now': (response) =>
    response.end(`${JSON.stringify({ error: { code: 'ERR_MODEL_FAILED', message: 'm', retryable: true } })}\n`),
  'says that it is closed': (response) =>
    response.end(`${JSON.stringify({ error: { code: 'ERR_CLOSED', message: 'm', retryable: false } })}\n`),
  'has a summary too early': (response) => response.end(summaryLine),
  'has a line that is no JSON': (response) => response.end(`<html>\n${summaryLine}`),
  'has a line that is no object': (response) => response.end(`[1]\n${summaryLine}`),
  'has a clip twice': (response) => response.end(errorLine(0, 'ERR_AUDIO_EMPTY', false)),
  'has a clip that was not asked for': (response) => response.end(errorLine(7, 'ERR_AUDIO_EMPTY', false)),
  'has a clip -0.5': (response) => response.end(errorLine(-0.5, 'ERR_AUDIO_EMPTY', false)),
  'has an error without a code': (response) => response.end('{"index":2,"error":{}}\n'),
  'has an error of nothing without a code': (response) => response.end('{"error":{}}\n'),
  'has a clip without a tensor': (response) => response.end('{"index":2,"tokens":1}\n'),
};

describe.each(Object.entries(cuts))('an answer that %s', (_, cut) => {
  test('is completed elsewhere: only what is missing is asked for, under its own number', async () => {
    const first = await told(half(cut));
    const second = await told(answerAll);
    await using client = new EncodeClient({ addresses: [first.address, second.address] });
    const received = await client.embed({ items: clips(5) });
    expect(numbersOf(received)).toEqual([0, 1, 2, 3, 4]);
    expect(received.map(({ index, id }) => [index, id])).toEqual(
      [0, 1, 2, 3, 4].map((index) => [index, `clip ${index}`]),
    );
    expect(first.asked.map(numbers)).toEqual([[0, 1, 2, 3, 4]]);
    expect(second.asked.map(numbers)).toEqual([[2, 3, 4]]);
    expect(second.asked[0]?.request_id).toBe(first.asked[0]?.request_id);
  });

  test('again and again: the clips that are left have its error, and there is one summary', async () => {
    const { address, asked } = await told(half(cut));
    await using client = new EncodeClient({ addresses: address, retries: 1 });
    const responses = await all(client.generate({ items: clips(5), request_id: 'r' }));
    const encoded = responses.filter((each): each is EncodedItem => 'transfer' in each);
    expect(encoded.map(({ index }) => index).toSorted()).toEqual([0, 1, 2, 3]);
    expect(responses.at(-2)).toMatchObject({ index: 4, id: 'clip 4', error: { fault: 'server' } });
    expect(responses.at(-1)).toEqual({
      summary: { request_id: 'r', items: 5, failed: 1, tokens: 4, duration: 8, milliseconds: expect.any(Number) },
    });
    expect(asked.map(numbers)).toEqual([
      [0, 1, 2, 3, 4],
      [2, 3, 4],
    ]);
  });
});

describe('an address', () => {
  test('where nobody listens: another one is asked, and this one again a moment later', async () => {
    const dead = await nobody();
    const { address, asked } = await told(answerAll);
    await using client = new EncodeClient({ addresses: [dead, address] });
    for (let i = 0; i < 4; i++) expect(numbersOf(await client.embed({ items: clips(1) }))).toEqual([0]);
    expect(asked.length).toBe(4);
    const [{ failures = 0, aside = 0 } = {}] = client.stats;
    expect(failures).toBeGreaterThan(0);
    expect(aside).toBeLessThanOrEqual(10_000);
  });

  test('that is alone and comes back within the time: nothing is lost', async () => {
    const { address, asked } = await told((each, response, request, before) =>
      before < 2 ? request.socket.destroy() : answerAll(each, response),
    );
    await using client = new EncodeClient({ addresses: address });
    expect(numbersOf(await client.embed({ items: clips(3) }))).toEqual([0, 1, 2]);
    expect(asked.length).toBe(3);
    expect(client.stats).toEqual([{ address, requests: 0, failures: 0, aside: 0 }]);
  });

  test('where nobody ever listens: each clip says so, with the cause', async () => {
    const dead = await nobody();
    await using client = new EncodeClient({ addresses: dead, retries: 1 });
    const [first, second] = await client.embed({ items: clips(2) });
    expect(first).toEqual({ index: 0, id: 'clip 0', error: expect.any(Error) });
    expect(first).toMatchObject({
      error: { name: 'ServiceFailedError', code: 'ERR_SERVICE_FAILED', fault: 'server', retryable: true, status: null },
    });
    expect((first as FailedClip).error.message).toContain(dead);
    expect((first as FailedClip).error.cause).toMatchObject({ code: 'ECONNREFUSED' });
    expect((second as FailedClip).error).toBe((first as FailedClip).error);
  });

  test('that takes no connection: another one is asked after some seconds, and not at the deadline', async () => {
    const full = await fullOfConnections();
    const { address } = await told(answerAll);
    await using client = new EncodeClient({ addresses: [full, address], timeout: 60_000 * slowness });
    const start = performance.now();
    const [clip] = await client.embed({ items: clips(1) });
    expect(clip).toHaveProperty('tensor');
    expect(client.stats[0]?.failures).toBe(1);
    expect(performance.now() - start).toBeGreaterThan(4000);
    expect(performance.now() - start).toBeLessThan(20_000 * slowness);
  });

  test('with a path in front: the route is below it', async () => {
    let path: string | undefined;
    const address = await serve((request, response) => {
      path = request.url;
      refuse(response, 400, { code: 'ERR_REQUEST_INVALID' });
    });
    await using client = new EncodeClient({ addresses: `${address}/audio/` });
    await errorOf(client.embed({ items: clips(1) }));
    expect(path).toBe('/audio/v1/audio/embeddings');
  });

  test('with the fewest requests is asked; what stalls gets no more than its share', async () => {
    const stalled = await told(() => {});
    const quick = await told(answerAll);
    const client = new EncodeClient({ addresses: [stalled.address, quick.address] });
    const waiting = [client.embed({ items: clips(1) }), client.embed({ items: clips(1) })];
    await expect.poll(() => stalled.asked.length).toBe(1);
    for (let i = 0; i < 10; i++) await client.embed({ items: clips(1) });
    expect(quick.asked.length).toBeGreaterThanOrEqual(10);
    expect(stalled.asked.length).toBe(1);
    const settled = Promise.allSettled(waiting);
    await client.close();
    expect((await settled).map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });
});

describe('a service that is busy', () => {
  test.each([
    ['seconds', () => '1'],
    ['a date', () => new Date(Date.now() + 2000).toUTCString()],
  ])('is asked again after Retry-After, given as %s', async (_, retryAfter) => {
    const times: number[] = [];
    const { address } = await told((each, response, __, before) => {
      times.push(performance.now());
      if (before > 0) return answerAll(each, response);
      response.writeHead(429, { 'retry-after': retryAfter() });
      response.end(JSON.stringify({ error: { code: 'ERR_BUSY', message: 'm', retryable: true } }));
    });
    await using client = new EncodeClient({ addresses: address });
    expect(numbersOf(await client.embed({ items: clips(1) }))).toEqual([0]);
    expect((times[1] as number) - (times[0] as number)).toBeGreaterThan(900);
  });

  test('for longer than there is time: its error, at once; later requests do not even ask', async () => {
    const { address, asked } = await told((_, response) => {
      response.writeHead(429, { 'retry-after': '3600' });
      response.end(JSON.stringify({ error: { code: 'ERR_BUSY', message: 'full', retryable: true } }));
    });
    await using client = new EncodeClient({ addresses: address, timeout: 20_000 });
    const start = performance.now();
    for (let i = 0; i < 3; i++) {
      const [clip] = await client.embed({ items: clips(1) });
      expect(clip).toMatchObject({ error: { name: 'BusyError', code: 'ERR_BUSY', message: 'full' } });
    }
    expect(performance.now() - start).toBeLessThan(15_000);
    expect(asked.length).toBe(1);
    expect(client.stats[0]?.aside).toBeLessThanOrEqual(60_000);
  });

  test.each([429, 502, 503, 504, 408])('%i without a body: another one is asked', async (status) => {
    const busy = await told((_, response) => response.writeHead(status).end());
    const free = await told(answerAll);
    await using client = new EncodeClient({ addresses: [busy.address, free.address] });
    expect(numbersOf(await client.embed({ items: clips(2) }))).toEqual([0, 1]);
    expect(busy.asked.length).toBe(1);
  });

  test('500 is asked again only if the service says that it may help', async () => {
    const error = { code: 'ERR_MODEL_FAILED', message: 'm', fault: 'server' };
    const { address, asked } = await told((each, response, _, before) => {
      if (before === 0) refuse(response, 500, { ...error, retryable: true });
      else if (before === 1) answerAll(each, response);
      else refuse(response, 500, { ...error, retryable: false });
    });
    await using client = new EncodeClient({ addresses: address });
    expect(numbersOf(await client.embed({ items: clips(1) }))).toEqual([0]);
    const failure = await errorOf(client.embed({ items: clips(1) }));
    expect(failure).toMatchObject({ name: 'ModelFailedError', retryable: false });
    expect(asked.length).toBe(3);
  });
});

describe('a clip', () => {
  const failing =
    (code: string, retryable: boolean): Answer =>
    async ({ items }, response) => {
      response.writeHead(200, ndjson);
      response.write(await clipLine(0, items[0] ?? {}));
      response.end(errorLine(1, code, retryable) + summaryLine);
    };

  test('with a passing error is asked for elsewhere', async () => {
    const first = await told(failing('ERR_FETCH_FAILED', true));
    const second = await told(answerAll);
    await using client = new EncodeClient({ addresses: [first.address, second.address] });
    expect(numbersOf(await client.embed({ items: clips(2) }))).toEqual([0, 1]);
    expect(second.asked.map(numbers)).toEqual([[1]]);
    expect(client.stats.map(({ failures }) => failures)).toEqual([0, 0]);
  });

  test('with a passing error that does not pass has that error', async () => {
    const { address, asked } = await told(async ({ items }, response) => {
      response.writeHead(200, ndjson);
      for (const index of items.keys()) response.write(errorLine(index, 'ERR_FETCH_FAILED', true, 'far away'));
      response.end(summaryLine);
    });
    await using client = new EncodeClient({ addresses: address, retries: 2 });
    const [, clip] = await client.embed({ items: clips(2) });
    expect(clip).toMatchObject({ index: 1, error: { code: 'ERR_FETCH_FAILED', message: 'far away', retryable: true } });
    expect(asked.length).toBe(3);
  });

  test('with an error of its own is not asked for again', async () => {
    const { address, asked } = await told(failing('ERR_AUDIO_CORRUPT', false));
    await using client = new EncodeClient({ addresses: address });
    expect(numbersOf(await client.embed({ items: clips(2) }))).toEqual([0, 'ERR_AUDIO_CORRUPT']);
    expect(asked.length).toBe(1);
  });

  test('with an error of a later version keeps its code', async () => {
    const { address } = await told(failing('ERR_OF_TOMORROW', false));
    await using client = new EncodeClient({ addresses: address });
    const responses = await all(client.generate({ items: clips(2) }));
    expect(responses[1]).toMatchObject({
      index: 1,
      error: { code: 'ERR_OF_TOMORROW', message: 'why', fault: 'client' },
    });
    const [, clip] = await client.embed({ items: clips(2) });
    expect(clip).toMatchObject({
      error: { code: 'ERR_SERVICE_FAILED', serviceCode: 'ERR_OF_TOMORROW', fault: 'client' },
    });
  });

  test('whose tensor is lost on the way is made anew', async () => {
    const { address, asked } = await told(async (each, response, _, before) => {
      if (before > 0) return answerAll(each, response);
      response.writeHead(200, ndjson);
      const line = JSON.parse(await clipLine(0, each.items[0] ?? {}));
      line.transfer.digest = 'xxh3:0000000000000000';
      response.write(`${JSON.stringify(line)}\n`);
      const gone = JSON.parse(await clipLine(1, each.items[1] ?? {}));
      gone.transfer = { ...gone.transfer, mode: 'http', url: `${address}/v1/tensors/1` };
      response.write(`${JSON.stringify(gone)}\n`);
      response.write(await clipLine(2, each.items[2] ?? {}));
      response.end(summaryLine);
    });
    await using client = new EncodeClient({ addresses: address });
    expect(numbersOf(await client.embed({ items: clips(3) }))).toEqual([0, 1, 2]);
    expect(asked.map(numbers)[1]).toEqual([0, 1]);
  });

  test('whose tensor this process does not take has that error, and is not asked for again', async () => {
    const { address, asked } = await told(async (each, response) => {
      response.writeHead(200, ndjson);
      const line = JSON.parse(await clipLine(0, each.items[0] ?? {}));
      line.transfer = { ...line.transfer, mode: 'http', url: 'http://127.0.0.1:1/v1/tensors/1' };
      response.end(`${JSON.stringify(line)}\n${summaryLine}`);
    });
    await using client = new EncodeClient({ addresses: address });
    expect(numbersOf(await client.embed({ items: clips(1) }))).toEqual(['ERR_TRANSFER_REFUSED']);
    expect(asked.length).toBe(1);
  });
});

describe('refused for good', () => {
  const cases: readonly (readonly [number, object | string, object])[] = [
    [400, { code: 'ERR_REQUEST_INVALID', message: 'dtype' }, { name: 'RequestInvalidError', message: 'dtype' }],
    [401, { code: 'ERR_UNAUTHORIZED', message: 'key' }, { name: 'UnauthorizedError', message: 'key' }],
    [401, 'go away', { name: 'UnauthorizedError', fault: 'client', retryable: false }],
    [404, '<html>', { name: 'ServiceFailedError', status: 404, retryable: false }],
    [413, { code: 'ERR_AUDIO_LIMIT', message: 'large' }, { name: 'CochleaError', code: 'ERR_AUDIO_LIMIT' }],
    [422, { code: 'ERR_OTHER', message: 'm' }, { serviceCode: 'ERR_OTHER', status: 422 }],
    [500, { code: 'ERR_AUDIO_INTERNAL', message: 'm', retryable: false }, { name: 'InternalError' }],
  ];

  test.each(cases)('%i %j', async (status, body, expected) => {
    const first = await told((_, response) => {
      response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify({ error: body }));
    });
    const second = await told(answerAll);
    const options: EncodeClientOptions = { addresses: [first.address, second.address] };
    await using client = new EncodeClient(options);
    expect(await errorOf(all(client.generate({ items: clips(1) })))).toMatchObject(expected);
    expect([first.asked.length, second.asked.length]).toEqual([1, 0]);
  });

  test('after some clips were answered: the others have the error, and nothing is lost', async () => {
    const first = await told(half((response) => response.end()));
    const second = await told((_, response) => refuse(response, 401, { code: 'ERR_UNAUTHORIZED' }));
    await using client = new EncodeClient({ addresses: [first.address, second.address] });
    const received = await client.embed({ items: clips(3) });
    expect(numbersOf(received)).toEqual([0, 1, 'ERR_UNAUTHORIZED']);
    expect([first.asked.length, second.asked.length]).toEqual([1, 1]);
  });

  test('a redirect is not followed, and the key stays here', async () => {
    const other = await told(answerAll);
    const { address } = await told((_, response) => response.writeHead(307, { location: other.address }).end());
    await using client = new EncodeClient({ addresses: address, apiKey: 'sk-secret' });
    const error = await errorOf(client.embed({ items: clips(1) }));
    expect(error).toMatchObject({ code: 'ERR_SERVICE_FAILED', status: 307, retryable: false });
    expect(error.message).toContain('redirect');
    expect(other.asked).toEqual([]);
  });

  test('200 of something that is no service of embeddings', async () => {
    const { address } = await told((_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('hi'));
    await using client = new EncodeClient({ addresses: address, retries: 0 });
    const [clip] = await client.embed({ items: clips(1) });
    expect(clip).toMatchObject({ error: { code: 'ERR_SERVICE_FAILED', status: 200 } });
  });
});
