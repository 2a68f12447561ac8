import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AbortError, BusyError } from '../../dist/errors.js';
import { Batcher, paddedBatch } from '../../dist/onnx/index.js';

/** Which items run together, and when. */

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const limits = { maxBatch: 4, maxWaitMs: 10, maxQueue: 100 };

/** A batcher whose batches end when the test says so, by doubling their items or with an error. */
function manual(options: { maxBatch: number; maxWaitMs: number; maxQueue: number }) {
  const started: number[][] = [];
  let settle: { finish: () => void; fail: (error: Error) => void } | undefined;
  const batcher = new Batcher<number, number>({
    ...options,
    run: (items) => {
      expect(settle, 'two batches at once').toBeUndefined();
      started.push([...items]);
      return new Promise((resolve, reject) => {
        settle = { finish: () => resolve(items.map((item) => item * 2)), fail: reject };
      });
    },
  });
  const end = async (error?: Error): Promise<void> => {
    const { finish, fail } = settle as NonNullable<typeof settle>;
    settle = undefined;
    if (error) fail(error);
    else finish();
    await vi.advanceTimersByTimeAsync(0);
  };
  return { batcher, started, end, running: () => settle !== undefined };
}

const turn = () => vi.advanceTimersByTimeAsync(0);

describe('a batch starts', () => {
  test('when it is full', async () => {
    const { batcher, started } = manual(limits);
    for (let i = 0; i < 3; i++) batcher.add(i);
    await turn();
    expect(started).toEqual([]);
    batcher.add(3);
    batcher.add(4);
    await turn();
    expect(started).toEqual([[0, 1, 2, 3]]);
    expect(batcher.waiting).toBe(1);
  });

  test('when its oldest item has waited long enough, and not before', async () => {
    const { batcher, started } = manual(limits);
    batcher.add(1);
    await vi.advanceTimersByTimeAsync(6);
    batcher.add(2);
    await vi.advanceTimersByTimeAsync(3);
    expect(started).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(started).toEqual([[1, 2]]);
  });

  test('as soon as the one before is over, if its oldest item has waited long enough meanwhile', async () => {
    const { batcher, started, end } = manual({ ...limits, maxWaitMs: 0 });
    batcher.add(1);
    await turn();
    batcher.add(2);
    batcher.add(3);
    await vi.advanceTimersByTimeAsync(50);
    expect(started).toEqual([[1]]);
    await end();
    expect(started).toEqual([[1], [2, 3]]);
  });
});

test('an error of a run is that of its own items only', async () => {
  const { batcher, end } = manual({ ...limits, maxBatch: 2 });
  const calls = [1, 2, 3, 4].map((item) => batcher.add(item));
  const settled = Promise.allSettled(calls);
  await turn();
  const broken = new Error('broken');
  await end(broken);
  await end();
  expect(await settled).toEqual([
    { status: 'rejected', reason: broken },
    { status: 'rejected', reason: broken },
    { status: 'fulfilled', value: 6 },
    { status: 'fulfilled', value: 8 },
  ]);
});

test('an item too many is refused at once, and there is room again when a batch has started', async () => {
  const { batcher, end } = manual({ maxBatch: 1, maxWaitMs: 0, maxQueue: 2 });
  const first = batcher.add(1);
  await turn();
  const others = [batcher.add(2), batcher.add(3)];
  await expect(batcher.add(4)).rejects.toBeInstanceOf(BusyError);
  await end();
  others.push(batcher.add(5));
  for (let i = 0; i < 3; i++) await end();
  expect(await Promise.all([first, ...others])).toEqual([2, 4, 6, 10]);
});

describe('a signal', () => {
  test('that is aborted already adds nothing', async () => {
    const { batcher } = manual(limits);
    await expect(batcher.add(1, AbortSignal.abort('why'))).rejects.toMatchObject({ name: 'AbortError', cause: 'why' });
    expect(batcher.waiting).toBe(0);
  });

  test('takes out a waiting item, whose wait then hurries nobody', async () => {
    const { batcher, started } = manual(limits);
    const controller = new AbortController();
    const gone = expect(batcher.add(1, controller.signal)).rejects.toBeInstanceOf(AbortError);
    await vi.advanceTimersByTimeAsync(8);
    batcher.add(2);
    controller.abort();
    await gone;
    await vi.advanceTimersByTimeAsync(9);
    expect(started).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(started).toEqual([[2]]);
  });

  test('lets go of an item that runs, and of no other', async () => {
    const { batcher, end } = manual({ ...limits, maxBatch: 2 });
    const controller = new AbortController();
    const gone = expect(batcher.add(1, controller.signal)).rejects.toBeInstanceOf(AbortError);
    const stays = batcher.add(2);
    await turn();
    controller.abort();
    await gone;
    await end();
    expect(await stays).toBe(4);
  });
});

test('close runs what waits without delay, then takes nothing more', async () => {
  const { batcher, started, end } = manual(limits);
  const calls = [1, 2, 3, 4, 5].map((item) => batcher.add(item));
  let closed = false;
  const closing = batcher.close().then(() => {
    closed = true;
  });
  await expect(batcher.add(6)).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  await turn();
  await end();
  expect(started).toEqual([[1, 2, 3, 4], [5]]);
  expect(closed).toBe(false);
  await end();
  await closing;
  expect(await Promise.all(calls)).toEqual([2, 4, 6, 8, 10]);
  await batcher.close();
});

type Step =
  | { readonly kind: 'add' | 'end' | 'fail' }
  | { readonly kind: 'wait'; readonly milliseconds: number }
  | { readonly kind: 'abort'; readonly which: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.constant({ kind: 'add' as const }) },
    { weight: 2, arbitrary: fc.constantFrom({ kind: 'end' as const }, { kind: 'fail' as const }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), milliseconds: fc.nat({ max: 12 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('abort' as const), which: fc.nat({ max: 9 }) }) },
  ),
  { maxLength: 40 },
);

test('whatever comes in whatever order, batches are those of a queue written down in ten lines', async () => {
  await fc.assert(
    fc.asyncProperty(
      steps,
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 10 }),
      async (given, max, wait) => {
        const { batcher, started, end, running } = manual({ maxBatch: max, maxWaitMs: wait, maxQueue: 6 });
        let now = 0;
        let queue: { id: number; since: number }[] = [];
        let current: number[] = [];
        const batches: number[][] = [];
        const expected = new Map<number, string>();
        const outcomes = new Map<number, string>();
        const controllers: AbortController[] = [];
        const startNext = (): void => {
          const [oldest] = queue;
          if (current.length > 0 || oldest === undefined) return;
          if (queue.length < max && now < oldest.since + wait) return;
          current = queue.splice(0, max).map(({ id }) => id);
          batches.push(current);
        };
        for (const step of given) {
          if (step.kind === 'add') {
            const id = controllers.length;
            const controller = new AbortController();
            controllers.push(controller);
            batcher.add(id, controller.signal).then(
              (result) => outcomes.set(id, String(result)),
              (error: Error) => outcomes.set(id, error.name),
            );
            if (queue.length >= 6) expected.set(id, 'BusyError');
            else queue.push({ id, since: now });
          } else if (step.kind === 'abort') {
            const id = step.which;
            controllers[id]?.abort();
            if (queue.some((each) => each.id === id) || (current.includes(id) && !expected.has(id))) {
              expected.set(id, 'AbortError');
            }
            queue = queue.filter((each) => each.id !== id);
          } else if (step.kind === 'wait') {
            for (let i = 0; i < step.milliseconds; i++) {
              now++;
              await vi.advanceTimersByTimeAsync(1);
              startNext();
            }
          } else if (running()) {
            for (const id of current) {
              if (!expected.has(id)) expected.set(id, step.kind === 'end' ? String(id * 2) : 'Error');
            }
            current = [];
            await end(step.kind === 'fail' ? new Error('broken') : undefined);
          }
          await turn();
          startNext();
          expect(started).toEqual(batches);
          expect(batcher.waiting).toBe(queue.length);
          expect(new Map([...outcomes].sort())).toEqual(new Map([...expected].sort()));
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('batches are padded to powers of two', () => {
  const sizes = Array.from({ length: 16 }, (_, i) => paddedBatch(i + 1, 16));
  expect(sizes).toEqual([1, 2, 4, 4, 8, 8, 8, 8, 16, 16, 16, 16, 16, 16, 16, 16]);
  expect(paddedBatch(10, 12)).toBe(12);
});
