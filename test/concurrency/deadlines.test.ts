import { afterAll, beforeAll, expect, test } from 'vitest';
import { AudioDecoder, configure, decode, encode, probe } from '../../dist/index.js';
import { AudioLoader } from '../../dist/load/index.js';
import { native } from '../../dist/native/binding.js';
import { errorOf, slowness } from '../safe/outcome.js';
import { toneWav } from '../safe/sounds.js';
import { longWav, sleep, slowOptions, until } from './long-audio.js';

/** With all threads busy, a timeout was told when one of them was free again: after seconds. */

const busy = new AbortController();
const before = native.threads();
let working: Promise<unknown>;

beforeAll(async () => {
  configure({ threads: 2 });
  const options = { ...slowOptions, signal: busy.signal, parallel: 'off' } as const;
  working = Promise.allSettled(Array.from({ length: 40 }, () => decode(longWav, options)));
  await until(() => native.load().running === 2 && native.load().waiting > 30);
});
afterAll(async () => {
  busy.abort();
  await working;
  configure({ threads: before });
});

const timeout = 100;
const bytes = toneWav(1);
const decoder = new AudioDecoder();

test.each<[string, () => Promise<unknown>]>([
  ['decode', () => decode(bytes, { timeout })],
  ['probe', () => probe(bytes, { timeout })],
  ['encode', () => encode({ data: new Float32Array(1000), sampleRate: 8000 }, { format: 'flac', timeout })],
  ['stream', () => decoder.stream(bytes, { timeout })[Symbol.asyncIterator]().next()],
  ['windows', () => decoder.windows(bytes, { seconds: 1, timeout }).next()],
  ['load', () => new AudioLoader().load(bytes, { timeout })],
  [
    'decodeAll',
    async () => {
      const [first, second] = await decoder.decodeAll([bytes, bytes], { timeout });
      expect([first?.status, second?.status]).toEqual(['rejected', 'rejected']);
      throw (first as PromiseRejectedResult).reason;
    },
  ],
])('the timeout of %s counts the time in the queue', async (_, call) => {
  const started = performance.now();
  const error = await errorOf(call());
  const milliseconds = performance.now() - started;
  expect(error).toMatchObject({ code: 'ERR_AUDIO_LIMIT', limit: 'timeout', max: timeout, retryable: true });
  expect(milliseconds).toBeGreaterThan(0.9 * timeout);
  // The busy threads take seconds.
  expect(milliseconds).toBeLessThan(2 * timeout * Math.max(1, slowness / 4));
  expect(native.load().running).toBe(2);
});

test('what is done in time holds no timer', async () => {
  busy.abort();
  await working;
  await decode(bytes, { timeout: 60_000 });
  for await (const _ of decoder.stream(bytes, { timeout: 60_000 })) break;
  await sleep(1);
  expect(process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length).toBeLessThan(5);
});
