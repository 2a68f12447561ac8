import { describe, expect, test } from 'vitest';
import { settleAll } from '../../dist/async/settle.js';
import { random } from '../decode/pieces.js';

/** The scheduling of decodeAll, with jobs that end when the test says so, against a model of what must run. */

interface Job {
  readonly name: number;
  readonly bytes: number;
  finish(succeeds: boolean): void;
}

/** All that can happen without a job's end has happened. */
const settled = (): Promise<void> => new Promise(setImmediate);

describe('what runs is exactly what a model says, whatever ends when', () => {
  test.each(Array.from({ length: 40 }, (_, i) => i + 1))('seed %i', async (seed) => {
    const pick = random(seed);
    const concurrency = pick(1, 8);
    const maxBytes = pick(50, 1000);
    const sizes = Array.from({ length: pick(1, 60) }, () => (pick(1, 8) === 1 ? pick(0, 2000) : pick(0, 300)));
    const running = new Map<number, Job>();
    let asked = 0;
    function* items(): Generator<number> {
      for (; asked < sizes.length; ) yield asked++;
    }
    const call = settleAll(items(), { concurrency, maxBytes, signal: undefined }, async (name) => ({
      bytes: sizes[name] as number,
      run: () =>
        new Promise<string>((resolve, reject) => {
          const finish = (succeeds: boolean): void => {
            running.delete(name);
            succeeds ? resolve(`result ${name}`) : reject(new Error(`failure ${name}`));
          };
          running.set(name, { name, bytes: sizes[name] as number, finish });
        }),
    }));

    // The model: items enter in order while there is a lane, and run in order while there is room.
    const lanes: { name: number; runs: boolean }[] = [];
    let entered = 0;
    const step = (): void => {
      while (lanes.length < concurrency && entered < sizes.length) lanes.push({ name: entered++, runs: false });
      for (const lane of lanes) {
        if (lane.runs) continue;
        const taken = lanes.filter(({ runs }) => runs).map(({ name }) => Math.min(sizes[name] as number, maxBytes));
        const wanted = Math.min(sizes[lane.name] as number, maxBytes);
        if (taken.reduce((sum, bytes) => sum + bytes, 0) + wanted > maxBytes) break;
        lane.runs = true;
      }
    };
    const expected: unknown[] = [];
    for (let left = sizes.length; left > 0; left--) {
      step();
      await settled();
      expect(asked).toBe(entered);
      expect([...running.keys()]).toEqual(lanes.filter(({ runs }) => runs).map(({ name }) => name));
      const jobs = [...running.values()];
      // Never over the bound, but for one alone.
      const held = jobs.filter(({ bytes }) => bytes > 0);
      if (held.length > 1) expect(held.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(maxBytes);
      const job = jobs[pick(0, jobs.length - 1)] as Job;
      const succeeds = pick(0, 4) > 0;
      expected[job.name] = succeeds
        ? { status: 'fulfilled', value: `result ${job.name}` }
        : { status: 'rejected', reason: new Error(`failure ${job.name}`) };
      job.finish(succeeds);
      lanes.splice(
        lanes.findIndex(({ name }) => name === job.name),
        1,
      );
    }
    expect(await call).toEqual(expected);
  });
});

test('a large item is not passed over by small ones that come after it', async () => {
  const order: number[] = [];
  const sizes = [60, 60, 100, ...Array<number>(50).fill(10)];
  await settleAll(sizes.keys(), { concurrency: 8, maxBytes: 100, signal: undefined }, async (name) => ({
    bytes: sizes[name] as number,
    run: async () => {
      order.push(name);
      await settled();
    },
  }));
  expect(order).toEqual([...sizes.keys()]);
});

test('without a bound all lanes run', async () => {
  let running = 0;
  let most = 0;
  await settleAll(
    Array(20).keys(),
    { concurrency: 5, maxBytes: Number.POSITIVE_INFINITY, signal: undefined },
    async () => ({
      bytes: 2 ** 40,
      run: async () => {
        most = Math.max(most, ++running);
        await settled();
        running--;
      },
    }),
  );
  expect(most).toBe(5);
});

test('an item that cannot be prepared takes no room', async () => {
  const results = await settleAll([1, 2, 3], { concurrency: 1, maxBytes: 10, signal: undefined }, async (item) => {
    if (item === 2) throw new Error('unreadable');
    return { bytes: 10, run: async () => item };
  });
  expect(results).toEqual([
    { status: 'fulfilled', value: 1 },
    { status: 'rejected', reason: new Error('unreadable') },
    { status: 'fulfilled', value: 3 },
  ]);
});
