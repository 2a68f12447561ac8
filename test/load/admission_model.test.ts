import { describe, expect, test } from 'vitest';
import { Coalescer } from '../../dist/async/coalescer.js';
import { Semaphore } from '../../dist/async/semaphore.js';
import { AbortError } from '../../dist/errors.js';
import { random } from '../decode/pieces.js';
import { settled } from './cache_server.js';

/** Who waits for whom, against plain models, with aborts in between. */

const seeds = Array.from({ length: 8 }, (_, i) => i + 1);

describe('the semaphore admits in order and never more than there is', () => {
  test.each(seeds)('seed %i', async (seed) => {
    const pick = random(seed);
    const capacity = pick(1, 10);
    const semaphore = new Semaphore(capacity);
    interface Client {
      readonly amount: number;
      readonly controller: AbortController;
      state: 'waits' | 'has' | 'left';
      leave?: () => void;
    }
    const clients: Client[] = [];
    /** As the model sees them, in their order. */
    const [waiting, having]: [Client[], Client[]] = [[], []];
    const admit = (): void => {
      const free = (): number => capacity - having.reduce((sum, { amount }) => sum + Math.min(amount, capacity), 0);
      for (let first = waiting[0]; first && Math.min(first.amount, capacity) <= free(); first = waiting[0]) {
        having.push(waiting.shift() as Client);
      }
    };
    for (let i = 0; i < 300; i++) {
      const action = pick(0, 9);
      if (action < 5) {
        const client: Client = { amount: pick(0, capacity + 2), controller: new AbortController(), state: 'waits' };
        clients.push(client);
        waiting.push(client);
        semaphore.acquire(client.amount, client.controller.signal).then(
          (leave) => Object.assign(client, { leave, state: 'has' }),
          (error) => Object.assign(client, { state: error instanceof AbortError ? 'left' : error }),
        );
      } else if (action < 8 && having.length > 0) {
        const [client] = having.splice(pick(0, having.length - 1), 1);
        client?.leave?.();
        if (client) client.state = 'left';
      } else if (waiting.length > 0) {
        const [client] = waiting.splice(pick(0, waiting.length - 1), 1);
        client?.controller.abort();
      }
      admit();
      await settled();
      expect(clients.filter(({ state }) => state === 'has')).toHaveLength(having.length);
      expect(having.every(({ state }) => state === 'has')).toBe(true);
      expect(semaphore.waiting).toBe(waiting.length);
    }
    // The last one first, so that none of them gets a turn.
    for (const { controller } of waiting.reverse()) controller.abort();
    for (const { leave } of having) leave?.();
    await semaphore.acquire(capacity);
    expect(semaphore).toMatchObject({ full: true, waiting: 0 });
  });
});

describe('a flight lasts while someone waits, and everyone gets what it brings', () => {
  test.each(seeds)('seed %i', async (seed) => {
    const pick = random(seed);
    interface Work {
      readonly key: string;
      readonly signal: AbortSignal;
      finish(succeeds: boolean): void;
      waiters: Set<Waiter>;
    }
    interface Waiter {
      readonly controller: AbortController;
      outcome?: unknown;
    }
    const coalescer = new Coalescer<string>();
    const works: Work[] = [];
    /** As the model sees them: one of each key. */
    const inFlight = new Map<string, Work>();
    const expected = new Map<Waiter, unknown>();
    let name = 0;
    for (let i = 0; i < 150; i++) {
      const action = pick(0, 9);
      const flying = [...inFlight.values()];
      if (action < 6) {
        const key = `key ${pick(0, 4)}`;
        const waiter: Waiter = { controller: new AbortController() };
        const begun = works.length;
        expect(coalescer.has(key)).toBe(inFlight.has(key));
        coalescer
          .join(key, waiter.controller.signal, (signal) => {
            const result = `result ${name++}`;
            return new Promise<string>((resolve, reject) => {
              const finish = (succeeds: boolean): void => {
                for (const each of work.waiters) expected.set(each, succeeds ? result : `failure of ${result}`);
                succeeds ? resolve(result) : reject(new Error(`failure of ${result}`));
              };
              const work: Work = { key, signal, finish, waiters: new Set() };
              works.push(work);
            });
          })
          .then(
            (result) => (waiter.outcome = result),
            (error: Error) => (waiter.outcome = error instanceof AbortError ? error.cause : error.message),
          );
        expect(works.length - begun).toBe(inFlight.has(key) ? 0 : 1);
        const work = inFlight.get(key) ?? (works.at(-1) as Work);
        inFlight.set(key, work);
        work.waiters.add(waiter);
      } else if (action < 7 && flying.length > 0) {
        const work = flying[pick(0, flying.length - 1)] as Work;
        work.finish(pick(0, 2) > 0);
        work.waiters.clear();
        inFlight.delete(work.key);
      } else if (flying.length > 0) {
        const work = flying[pick(0, flying.length - 1)] as Work;
        const waiters = [...work.waiters];
        const waiter = waiters[pick(0, waiters.length - 1)] as Waiter;
        waiter.controller.abort(`left ${i}`);
        expected.set(waiter, `left ${i}`);
        work.waiters.delete(waiter);
        if (work.waiters.size === 0) inFlight.delete(work.key);
      }
      await settled();
      for (const [waiter, outcome] of expected) expect(waiter.outcome).toBe(outcome);
      for (const work of inFlight.values()) expect(work.signal.aborted).toBe(false);
      // What nobody waits for any more was told so.
      for (const work of works) expect(work.signal.aborted).toBe(inFlight.get(work.key) !== work);
    }
    expect(works.length).toBeGreaterThan(20);
  });

  test('whoever is aborted already starts nothing', async () => {
    const coalescer = new Coalescer<string>();
    let begun = 0;
    const work = async (): Promise<string> => `${++begun}`;
    await expect(coalescer.join('key', AbortSignal.abort('why'), work)).rejects.toMatchObject({ cause: 'why' });
    expect(begun).toBe(0);
  });
});
