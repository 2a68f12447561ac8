// Beside the worker of a service: what arrives by HTTP is what the worker says in process.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EncodeClient, type ReceivedClip } from '../../dist/client/index.js';
import { decode, encode } from '../../dist/index.js';
import type { AudioLoader } from '../../dist/load/index.js';
import { AudioTower } from '../../dist/tower/index.js';
import { InlineSender } from '../../dist/transfer/index.js';
import {
  type EncodedItem,
  type EncodeRequest,
  type EncodeResponse,
  type EncodeSummary,
  EncodeWorker,
} from '../../dist/worker/index.js';
import { errorOf, thrownBy } from '../safe/outcome.js';
import { type Service, service } from '../serve/service.js';
import { fixtures, towerFolder } from '../tower/reference.js';
import { all } from './services.js';

const speech = readFileSync(join(fixtures, 'speech/speech.flac'));
const data = speech.toString('base64');
let tower: AudioTower;
let served: Service;
let worker: EncodeWorker;

beforeAll(async () => {
  tower = await AudioTower.load(towerFolder('qwen2-audio'), { provider: 'cpu' });
  const made = (loader: AudioLoader): EncodeWorker => {
    worker = new EncodeWorker({ loader, tower, transfer: new InlineSender(), model: 'small' });
    return worker;
  };
  served = await service({ worker: made });
});

afterAll(async () => {
  await served[Symbol.asyncDispose]();
  await worker.close();
  await tower.close();
});

/** Without what differs from run to run, by index. */
function lasting(responses: readonly EncodeResponse[]): unknown[] {
  return responses
    .map((response) => {
      if ('summary' in response) return { ...response.summary, milliseconds: 0 };
      if ('error' in response) return response;
      const { timings, transfer, request, ...rest } = response;
      expect(Object.values(timings).every(Number.isFinite)).toBe(true);
      return { ...rest, digest: transfer.digest, request: request && { ...request, serialized_request: 0 } };
    })
    .toSorted((a, b) => ('index' in a ? a.index : 999) - ('index' in b ? b.index : 999));
}

const part = { type: 'input_audio', input_audio: { data, format: 'flac' } };
const forms: Record<string, EncodeRequest> = {
  items: {
    request_id: 'mine',
    model: 'small',
    dtype: 'float16',
    items: [
      { input_audio: { data, format: 'flac' }, id: 'ä "b"', options: { start: 0.1, end: 0.6 } },
      { audio_url: `data:audio/flac;base64,${data}` },
      { audio_url: { url: `data:audio/flac;base64,${data.slice(0, 4000)}` }, id: 'cut' },
      { input_audio: { data: 'AAAA' }, id: 'none' },
      { audio_url: 'ftp://example.com/a.wav' },
    ],
  },
  messages: {
    request_id: 'mine',
    messages: [{ content: 'You listen.' }, { content: [part, { type: 'text', text: 'And?' }, part] }],
  },
  "Dynamo's": {
    request_id: 'mine',
    multimodal_input: { audio_url: `data:audio/flac;base64,${data}` },
    engine_prompt: { prompt_token_ids: [1] },
  },
};

test.each(Object.entries(forms))('a request in the form of %s', async (_, request) => {
  await using client = new EncodeClient({ addresses: served.url });
  const here = await all(client.generate(request));
  expect(lasting(here)).toEqual(lasting(await all(worker.generate(request))));
  expect((here.at(-1) as EncodeSummary).summary.milliseconds).toBeGreaterThan(0);
});

test('bytes of every kind are sent as they are, whatever else the item says', async () => {
  await using client = new EncodeClient({ addresses: served.url });
  const shared = new SharedArrayBuffer(speech.length);
  new Uint8Array(shared).set(speech);
  const padded = new Uint8Array(speech.length + 7);
  padded.set(speech, 5);
  const kinds = [
    speech,
    padded.subarray(5, -2),
    new DataView(padded.buffer, 5, speech.length),
    Uint8Array.from(speech).buffer,
    shared,
    new Blob([speech]),
  ];
  const items = kinds.map((bytes, i) => ({ bytes, id: String(i), options: { start: 0.25 } }));
  const [expected] = await all(worker.generate({ items: [{ bytes: speech, options: { start: 0.25 } }] }));
  const responses = await all(client.generate({ items }));
  expect(responses.at(-1)).toMatchObject({ summary: { items: 6, failed: 0 } });
  const encoded = (responses.slice(0, -1) as EncodedItem[]).toSorted((a, b) => a.index - b.index);
  expect(encoded.map(({ id }) => id)).toEqual(['0', '1', '2', '3', '4', '5']);
  for (const { content_id } of encoded) expect(content_id).toBe((expected as EncodedItem).content_id);
});

test('a file of many blocks arrives whole: base64 is made in pieces', async () => {
  const samples = new Float32Array(48_000 * 12).map((_, i) => Math.sin(i / 20) / 2);
  const wav = await encode({ data: samples, sampleRate: 48_000 }, { format: 'wav' });
  expect(wav.length).toBeGreaterThan(1024 ** 2);
  await using client = new EncodeClient({ addresses: served.url });
  const [expected] = (await all(worker.generate({ items: [{ bytes: wav }] }))) as EncodedItem[];
  for (const bytes of [wav, new Blob([wav])]) {
    const { content_id } = await client.embed(bytes);
    expect(content_id).toBe(expected?.content_id);
  }
});

describe('embed', () => {
  test('one clip: the tensor of tower.embed', async () => {
    await using client = new EncodeClient({ addresses: served.url });
    const { audioFeatures } = await tower.embed(await decode(speech, { sampleRate: 16_000 }));
    for (const source of [speech, new Blob([speech]), `data:audio/flac;base64,${data}`]) {
      const { tensor, tokens, duration, index } = await client.embed(source);
      expect(tensor).toEqual(audioFeatures);
      expect({ tokens, index }).toEqual({ tokens: audioFeatures.shape[0], index: 0 });
      expect(duration).toBeGreaterThan(0);
    }
    const error = await errorOf(client.embed(Buffer.from('no audio')));
    expect(error).toMatchObject({ name: 'UnsupportedContainerError', code: 'ERR_AUDIO_UNSUPPORTED_CONTAINER' });
  });

  test('a request: its clips in order, and the errors of those that failed', async () => {
    await using client = new EncodeClient({ addresses: served.url });
    const items = [{ bytes: speech, id: 'a' }, { bytes: Buffer.from('x') }, { bytes: speech, options: { end: 0.5 } }];
    const [first, second, third] = await client.embed({ items });
    expect(first).toMatchObject({ index: 0, id: 'a', embedding_dtype: 'float32' });
    expect(first).toHaveProperty('tensor.shape', (first as ReceivedClip).embeddings_shape);
    expect(second).toMatchObject({ index: 1, error: { code: 'ERR_AUDIO_UNSUPPORTED_CONTAINER', fault: 'client' } });
    expect(third).toMatchObject({ index: 2, duration: 0.5 });
  });
});

describe('what is refused', () => {
  test('by the service: the error of the worker, in its own class', async () => {
    await using client = new EncodeClient({ addresses: served.url });
    const request = { items: [{ audio_url: 'https://example.com/a' }], model: 'large' };
    const error = await errorOf(all(client.generate(request)));
    const { message } = thrownBy(() => worker.generate(request));
    expect(error).toMatchObject({ name: 'RequestInvalidError', code: 'ERR_REQUEST_INVALID', message });
  });

  test.each([
    ['none of the forms', {}, 'one of items, messages, multimodal_input'],
    ['two of them', { items: [], messages: [] }, 'got 2'],
    ['no clip', { items: [] }, 'has no audio'],
    ['messages without audio', { messages: [{ content: 'a' }] }, 'has no audio'],
    ['a malformed part', { messages: [{ content: [{ type: 'audio_url' }] }] }, 'messages[0].content[0]'],
    ['a stream', { items: [{ bytes: new Blob(['a']).stream() }] }, 'items[0].bytes must be bytes in memory or a Blob'],
    ['a path', { items: [{ bytes: 'a.wav' }] }, "got 'a.wav'"],
    ['an id that is a number', { items: [{ audio_url: 'a', id: 1 }] }, 'items[0].id must be a string'],
    ['a deadline of zero', { items: [{ audio_url: 'a' }], deadline_ms: 0 }, 'deadline_ms'],
    ['what JSON cannot hold', { items: [{ audio_url: 1n }] }, 'cannot be JSON'],
  ])('at the call: %s', (_, request, message) => {
    const client = new EncodeClient({ addresses: 'http://127.0.0.1:1' });
    const error = thrownBy(() => client.generate(request as unknown as EncodeRequest));
    expect(error).toMatchObject({ code: 'ERR_REQUEST_INVALID', message: expect.stringContaining(message) });
  });

  test.each([
    [{ addresses: [] }, TypeError, 'options.addresses'],
    [{ addresses: 'localhost:8000' }, TypeError, 'options.addresses[0] must be an http: or https: address'],
    [{ addresses: ['http://a', 'ftp://b'] }, TypeError, 'options.addresses[1]'],
    [{ addresses: 'http://me:secret@a' }, TypeError, 'no user name or password'],
    [{ addresses: 'http://a/?b' }, TypeError, 'neither a query nor a fragment'],
    [{ addresses: 'http://a', apiKey: 'a b' }, TypeError, 'options.apiKey'],
    [{ addresses: 'http://a', apiKey: 'a\r\nb: c' }, TypeError, 'options.apiKey'],
    [{ addresses: 'http://a', receiver: {} }, TypeError, 'options.receiver'],
    [{ addresses: 'http://a', timeout: 0 }, RangeError, 'options.timeout'],
    [{ addresses: 'http://a', retries: 0.5 }, RangeError, 'options.retries'],
    [{ addresses: 'http://a', connections: 0 }, RangeError, 'options.connections'],
    [{ addresses: 'http://a', maxLineBytes: 2 ** 30 }, RangeError, 'options.maxLineBytes'],
    [{ addresses: 'http://a', tries: 1 }, TypeError, 'options.tries is not an option'],
  ])('options %j', (options, kind, message) => {
    const error = thrownBy(() => new EncodeClient(options as unknown as { addresses: string }));
    expect(error).toBeInstanceOf(kind);
    expect(error.message).toContain(message);
    expect(error.message).not.toMatch(/secret|a b/);
  });
});
