import { getEventListeners } from 'node:events';
import { beforeEach, describe, expect, test } from 'vitest';
import { AbortError, CochleaError, decode, probe } from '../../dist/index.js';
import { native } from '../../dist/native/binding.js';
import { errorOf, slowness } from '../safe/outcome.js';
import { toneWav } from '../safe/sounds.js';
import { longWav, sleep, slowOptions, until } from './long-audio.js';

const idle = (): boolean => native.load().running === 0 && native.load().waiting === 0;
beforeEach(() => until(idle));

async function expectAborted(promise: Promise<unknown>, reason: unknown): Promise<void> {
  const error = await errorOf(promise);
  expect(error).toBeInstanceOf(AbortError);
  expect(error).not.toBeInstanceOf(CochleaError);
  expect(error).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR', message: 'The operation was aborted' });
  expect(error.cause).toBe(reason);
}

describe('before the call', () => {
  test('nothing starts', async () => {
    const reason = new Error('changed my mind');
    const signal = AbortSignal.abort(reason);
    const call = decode(longWav, { ...slowOptions, signal });
    expect(native.load()).toMatchObject({ running: 0, waiting: 0 });
    await expectAborted(call, reason);
    await expectAborted(probe(longWav, { signal }), reason);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  test('without a reason the cause is that of the signal', async () => {
    const signal = AbortSignal.abort();
    await expectAborted(decode(longWav, { signal }), signal.reason);
    expect(signal.reason).toBeInstanceOf(DOMException);
  });
});

describe('in mid-decode', () => {
  test('the call rejects and the worker is free within 50 ms', async () => {
    const controller = new AbortController();
    const call = decode(longWav, { ...slowOptions, signal: controller.signal });
    await until(() => native.load().running === 1);
    await sleep(50);
    const reason = { any: 'value' };
    const aborted = performance.now();
    controller.abort(reason);
    await expectAborted(call, reason);
    await until(idle);
    // Spec: 50 ms of the worker's time; the rest is room for a busy machine.
    expect(performance.now() - aborted).toBeLessThan(250 * slowness);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  test('by AbortSignal.timeout, with its TimeoutError as the cause', async () => {
    const signal = AbortSignal.timeout(20);
    const error = await errorOf(decode(longWav, { ...slowOptions, signal }));
    expect(error).toBeInstanceOf(AbortError);
    expect(error.cause).toBe(signal.reason);
    expect(signal.reason.name).toBe('TimeoutError');
  });

  test('one signal stops all that hold it, and nothing else', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const stopped = Array.from({ length: 12 }, () => decode(longWav, { ...slowOptions, signal }));
    const other = decode(toneWav(1));
    await until(() => native.load().running > 0);
    controller.abort('enough');
    await Promise.all(stopped.map((call) => expectAborted(call, 'enough')));
    expect((await other).frames).toBe(16_000);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});

describe('while queued', () => {
  const { threads } = native.load();
  let busy: AbortController;
  let stopped: Promise<unknown>;

  // Keeps every worker busy until `busy` aborts.
  beforeEach(async () => {
    busy = new AbortController();
    const calls = Array.from({ length: threads }, () => decode(longWav, { ...slowOptions, signal: busy.signal }));
    stopped = Promise.all(calls.map((call) => expectAborted(call, 'done')));
    // A decode has two steps, and between them its worker is free for others.
    await sleep(100);
    await until(() => native.load().running === threads && native.load().waiting === 0);
  });

  test('the call settles at once, though all workers are busy', async () => {
    const controller = new AbortController();
    const queued = decode(longWav, { ...slowOptions, signal: controller.signal });
    expect(native.load().waiting).toBe(1);
    const aborted = performance.now();
    controller.abort('queued');
    expect(native.load().waiting).toBe(0);
    await expectAborted(queued, 'queued');
    expect(performance.now() - aborted).toBeLessThan(20 * slowness);
    expect(native.load().running).toBe(threads);
    busy.abort('done');
    await stopped;
  });

  test('a timeout counts the wait', async () => {
    const queued = errorOf(decode(toneWav(1), { timeout: 30 }));
    await sleep(60);
    busy.abort('done');
    expect(await queued).toMatchObject({ code: 'ERR_AUDIO_LIMIT', limit: 'timeout', max: 30 });
    await stopped;
  });
});

describe('after the end', () => {
  test('an abort changes nothing, and no listener is left', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const audio = await decode(toneWav(1), { signal });
    await probe(toneWav(1), { signal });
    await errorOf(decode(new Uint8Array(100), { signal }));
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    controller.abort();
    expect(audio.frames).toBe(16_000);
  });

  test('a call that throws leaves no listener either', () => {
    const { signal } = new AbortController();
    expect(() => decode(toneWav(1), { signal, sampleRate: 1 })).toThrow(RangeError);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  test('hundreds of calls with one signal, in a row and at once, make no warning of a leak', async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error): number => warnings.push(warning);
    process.on('warning', listen);
    const { signal } = new AbortController();
    for (let i = 0; i < 100; i++) await probe(toneWav(0.01), { signal });
    await Promise.all(Array.from({ length: 200 }, () => probe(toneWav(0.01), { signal })));
    await sleep(0);
    process.off('warning', listen);
    expect(warnings).toEqual([]);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  test('one signal stops all calls that it was given to', async () => {
    const controller = new AbortController();
    const calls = Array.from({ length: 20 }, () => decode(longWav, { ...slowOptions, signal: controller.signal }));
    controller.abort('all');
    await Promise.all(calls.map((call) => expectAborted(call, 'all')));
    await until(idle);
  });
});

test('of a blob that is still being read', async () => {
  const controller = new AbortController();
  const call = decode(new Blob([longWav]), { ...slowOptions, signal: controller.signal });
  controller.abort('early');
  await expectAborted(call, 'early');
});
