import { describe, expect, test } from 'vitest';
import type { Tensor } from '../../dist/index.js';
import { type CacheChange, EmbeddingCache } from '../../dist/worker/index.js';
import { random } from '../decode/pieces.js';

function tensor(elements: number): Tensor<Uint16Array> {
  return { data: new Uint16Array(elements), shape: [elements], dtype: 'float16' };
}

/** What the cache has to be: keys with their bytes, the least recently used first. */
class Model {
  readonly entries = new Map<string, number>();
  hits = 0;
  misses = 0;
  evictions = 0;

  constructor(readonly maxBytes: number) {}

  get bytes(): number {
    return [...this.entries.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  get(key: string): boolean {
    const bytes = this.entries.get(key);
    if (bytes === undefined) {
      this.misses++;
      return false;
    }
    this.hits++;
    this.entries.delete(key);
    this.entries.set(key, bytes);
    return true;
  }

  set(key: string, bytes: number): CacheChange {
    if (bytes > this.maxBytes) return { stored: false, added: [], removed: [] };
    const known = this.entries.delete(key);
    const removed: string[] = [];
    while (this.bytes + bytes > this.maxBytes) {
      const [oldest = ''] = this.entries.keys();
      this.entries.delete(oldest);
      removed.push(oldest);
    }
    this.evictions += removed.length;
    this.entries.set(key, bytes);
    return { stored: true, added: known ? [] : [key], removed };
  }
}

test.each([1, 2, 3, 4])(
  '100 000 operations: what is kept, dropped and counted is what the model says (seed %i)',
  (seed) => {
    const pick = random(seed);
    const maxBytes = 2000;
    const changes: CacheChange[] = [];
    const cache = new EmbeddingCache({ maxBytes, onChange: (change) => changes.push(change) });
    const model = new Model(maxBytes);
    const expected: CacheChange[] = [];
    for (let i = 0; i < 25_000; i++) {
      const key = `k${pick(0, 40)}`;
      if (pick(0, 999) === 0) {
        const removed = [...model.entries.keys()];
        model.entries.clear();
        cache.clear();
        if (removed.length > 0) expect(changes.pop()?.removed.toSorted()).toEqual(removed.toSorted());
      } else if (pick(0, 1) === 0) {
        expect(cache.get(key) !== undefined).toBe(model.get(key));
      } else {
        // Now and then one that is larger than the cache.
        const elements = pick(0, 50) === 0 ? 1001 : pick(1, 200);
        const change = model.set(key, 2 * elements);
        expect(cache.set(key, tensor(elements))).toEqual(change);
        if (change.stored) expected.push(change);
      }
      const { hits, misses, evictions, bytes } = model;
      expect(cache.stats).toEqual({ entries: model.entries.size, bytes, hits, misses, evictions });
    }
    expect(changes).toEqual(expected);
  },
);

/** A piece of work that ends when it is told to. */
function pending() {
  const { promise, resolve, reject } = Promise.withResolvers?.() ?? deferred();
  let runs = 0;
  let stop: AbortSignal | undefined;
  const work = (signal: AbortSignal): Promise<Tensor> => {
    runs++;
    stop = signal;
    return promise as Promise<Tensor>;
  };
  return { work, resolve, reject, runs: () => runs, stopped: () => stop?.aborted };
}

function deferred() {
  let resolve: (value: unknown) => void = () => {};
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise((a, b) => {
    [resolve, reject] = [a, b];
  });
  return { promise, resolve, reject };
}

describe('work for one key', () => {
  test('is done once for 500 who wait, of whom 499 leave', async () => {
    const cache = new EmbeddingCache({ maxBytes: 1000 });
    const { work, resolve, runs, stopped } = pending();
    const callers = Array.from({ length: 500 }, () => new AbortController());
    const waiting = callers.map(({ signal }) => cache.computed('key', signal, work));
    const outcomes = Promise.allSettled(waiting);
    for (const caller of callers.slice(0, 499)) caller.abort();
    await Promise.allSettled(waiting.slice(0, 499));
    expect(stopped()).toBe(false);
    const result = tensor(10);
    resolve(result);
    const settled = await outcomes;
    expect(runs()).toBe(1);
    expect(settled.filter(({ status }) => status === 'rejected')).toHaveLength(499);
    expect(settled[499]).toEqual({ status: 'fulfilled', value: result });
    expect(cache.stats).toMatchObject({ entries: 1, bytes: 20, misses: 500 });
    await expect(cache.computed('key', new AbortController().signal, work)).resolves.toBe(result);
    expect(runs()).toBe(1);
  });

  test('is stopped when the last one leaves, and begun anew by whoever comes then', async () => {
    const cache = new EmbeddingCache({ maxBytes: 1000 });
    const first = pending();
    const caller = new AbortController();
    const waiting = cache.computed('key', caller.signal, first.work);
    caller.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    expect(first.stopped()).toBe(true);
    const second = pending();
    const again = cache.computed('key', new AbortController().signal, second.work);
    second.resolve(tensor(1));
    first.resolve(tensor(2));
    await expect(again).resolves.toMatchObject({ shape: [1] });
  });

  test('fails for all who wait, and is not kept', async () => {
    const cache = new EmbeddingCache({ maxBytes: 1000 });
    const { work, reject } = pending();
    const { signal } = new AbortController();
    const waiting = [1, 2, 3].map(() => cache.computed('key', signal, work));
    reject(new Error('no'));
    for (const each of waiting) await expect(each).rejects.toThrow('no');
    expect(cache.stats.entries).toBe(0);
    await expect(cache.computed('key', signal, async () => tensor(3))).resolves.toMatchObject({ shape: [3] });
  });
});

test.each([0, -1, 1.5, Number.NaN])('maxBytes: %d is refused', (maxBytes) => {
  expect(() => new EmbeddingCache({ maxBytes })).toThrow(RangeError);
});
