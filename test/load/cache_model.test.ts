import { describe, expect, test } from 'vitest';
import { InternalError } from '../../dist/errors.js';
import { AudioCache } from '../../dist/load/cache/cache.js';
import type { Freshness } from '../../dist/load/http/freshness.js';
import type { Loaded } from '../../dist/load/loaded.js';
import { sleep } from '../concurrency/long-audio.js';
import { audioOf, random } from '../decode/pieces.js';

/** The cache of decoded audio against a model that is a list, after each of many random operations. */

const overhead = 2048;
const operations = 100_000;

interface Modelled {
  readonly key: string;
  readonly kind: 'audio' | 'known' | 'failed';
  readonly value: unknown;
  readonly bytes: number;
}

function loadedOf(frames: number, label: string): Loaded {
  return { audio: audioOf([new Float32Array(frames)], 16_000), truncated: false, label };
}

/** The least recently used first. */
class Model {
  entries: Modelled[] = [];
  readonly evicted: { key: string; label: string; bytes: number }[] = [];
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  get bytes(): number {
    return this.entries.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get audio(): number {
    return this.entries.filter(({ kind }) => kind === 'audio').length;
  }

  remove(key: string): void {
    this.entries = this.entries.filter((entry) => entry.key !== key);
  }

  set(entry: Modelled): void {
    this.remove(entry.key);
    if (entry.bytes > this.#max) return;
    this.entries.push(entry);
    while (this.bytes > this.#max) {
      const { key, kind, value, bytes } = this.entries.shift() as Modelled;
      if (kind === 'audio') this.evicted.push({ key, label: (value as Loaded).label, bytes });
    }
  }

  get(key: string, kind: Modelled['kind']): unknown {
    const found = this.entries.find((entry) => entry.key === key);
    if (found === undefined) return undefined;
    this.entries = [...this.entries.filter((entry) => entry !== found), found];
    return found.kind === kind ? found.value : undefined;
  }
}

test.each([1, 2, 3, 4])(`seed %i: ${operations / 4} operations`, (seed) => {
  const pick = random(seed);
  const maxBytes = pick(20_000, 60_000);
  const evicted: unknown[] = [];
  const onEvict = (each: unknown): unknown => evicted.push(each);
  const cache = new AudioCache({ maxBytes, ttl: 0, negativeTtl: 1e6, onEvict });
  const model = new Model(maxBytes);
  const transferred = new Set<unknown>();
  for (let i = 0; i < operations / 4; i++) {
    const key = `key ${pick(0, 25)}`;
    const operation = pick(0, 99);
    if (operation < 40) {
      // Some are larger than the cache.
      const loaded = loadedOf(pick(0, 20) === 0 ? pick(4000, 20_000) : pick(0, 2500), `label ${i}`);
      cache.keepAudio(key, loaded);
      model.set({ key, kind: 'audio', value: loaded, bytes: overhead + loaded.audio.frames * 4 });
    } else if (operation < 75) {
      const expected = model.get(key, 'audio');
      if (transferred.has(expected)) {
        model.remove(key);
        expect(cache.audio(key)).toBeUndefined();
      } else expect(cache.audio(key)).toBe(expected);
    } else if (operation < 81) {
      const known = { freshness: { bytes: pick(0, 9000) } as Freshness, audio: `audio ${i}` };
      cache.keepKnown(key, known);
      model.set({ key, kind: 'known', value: known, bytes: overhead + known.freshness.bytes });
    } else if (operation < 87) {
      expect(cache.known(key)).toBe(model.get(key, 'known'));
    } else if (operation < 91) {
      const error = new InternalError('ERR_AUDIO_INTERNAL', `failure ${i}`);
      cache.keepFailure(key, error);
      // Beside what is known of the address.
      model.set({ key: `!${key}`, kind: 'failed', value: error, bytes: overhead });
    } else if (operation < 95) {
      expect(cache.failure(key)).toBe(model.get(`!${key}`, 'failed'));
    } else if (operation < 99) {
      const loaded = cache.audio(key);
      if (loaded === undefined || transferred.has(loaded)) {
        if (transferred.has(model.get(key, 'audio'))) model.remove(key);
        continue;
      }
      model.get(key, 'audio');
      // An empty array cannot be told from a transferred one, nor needs to be.
      if (loaded.audio.frames === 0) continue;
      structuredClone(loaded.audio.data, { transfer: [loaded.audio.data.buffer] });
      transferred.add(loaded);
    } else if (pick(0, 20) === 0) {
      cache.clear();
      model.entries = [];
    }
    const state = { bytes: cache.bytes, size: cache.size, evictions: cache.evictions };
    if (state.bytes !== model.bytes || state.size !== model.audio || state.evictions !== model.evicted.length) {
      const modelled = { bytes: model.bytes, size: model.audio, evictions: model.evicted.length };
      expect({ operation, i, ...state }).toEqual({ operation, i, ...modelled });
    }
  }
  // Of what was transferred its size is not known any more.
  const facts = (list: readonly unknown[]): unknown[] =>
    (list as Model['evicted']).map(({ key, label }) => [key, label]);
  expect(facts(evicted)).toEqual(facts(model.evicted));
  expect(cache.evictions).toBeGreaterThan(1000);
  cache.clear();
  expect(cache).toMatchObject({ bytes: 0, size: 0 });
});

describe('what is kept', () => {
  const settings = { maxBytes: 1e6, ttl: 0, negativeTtl: 0, onEvict: undefined };
  const error = new InternalError('ERR_AUDIO_INTERNAL', 'failure');

  test('is dropped with its label and size, by its key', () => {
    const evicted: unknown[] = [];
    const cache = new AudioCache({ ...settings, maxBytes: 10_000, onEvict: (each) => evicted.push(each) });
    cache.keepAudio('a', loadedOf(1000, 'first'));
    cache.keepAudio('b', loadedOf(1500, 'second'));
    expect(evicted).toEqual([{ key: 'a', label: 'first', bytes: overhead + 4000 }]);
  });

  test('counts with all of the memory that it holds', () => {
    const cache = new AudioCache(settings);
    const whole = audioOf([new Float32Array(10_000)], 16_000);
    cache.keepAudio('view', {
      audio: { ...whole, data: whole.data.subarray(0, 10), frames: 10 },
      truncated: true,
      label: '',
    });
    expect(cache.bytes).toBe(overhead + 40_000);
  });

  test('expires after its time, errors after theirs', async () => {
    const cache = new AudioCache({ ...settings, ttl: 60, negativeTtl: 20 });
    cache.keepAudio('audio', loadedOf(10, ''));
    cache.keepFailure('failed', error);
    expect(cache.audio('audio')).toBeDefined();
    expect(cache.failure('failed')).toBe(error);
    await sleep(30);
    expect(cache.failure('failed')).toBeUndefined();
    await sleep(50);
    expect(cache.audio('audio')).toBeUndefined();
    expect(cache).toMatchObject({ bytes: 0, size: 0, evictions: 0 });
  });

  test('is no error, unless that was asked for', () => {
    const cache = new AudioCache(settings);
    cache.keepFailure('failed', error);
    expect(cache.failure('failed')).toBeUndefined();
    expect(cache.bytes).toBe(0);
  });

  test('is nothing without room', () => {
    const cache = new AudioCache({ ...settings, maxBytes: 0, negativeTtl: 1000 });
    cache.keepAudio('audio', loadedOf(10, ''));
    cache.keepFailure('failed', error);
    expect(cache.audio('audio')).toBeUndefined();
    expect(cache.failure('failed')).toBeUndefined();
    cache.clear();
    expect(cache).toMatchObject({ bytes: 0, size: 0, evictions: 0 });
  });
});
