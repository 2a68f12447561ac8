import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { AudioDecoder, decode } from '../../dist/index.js';
import { runScript } from '../concurrency/child.js';

/** One long file on several threads is the same as on one, to the bit. The native suite looks at each seam. */

const formats = new URL('../fixtures/formats/', import.meta.url);

/** MPEG audio and ADTS are packets and nothing else: a recording again and again is a long one. */
function repeated(name: string, times: number): Uint8Array<ArrayBuffer> {
  const once = readFileSync(new URL(name, formats));
  const all = new Uint8Array(once.length * times);
  for (let i = 0; i < times; i++) all.set(once, i * once.length);
  return all;
}

const names = ['mpeg-mp3-untagged.mp3', 'mpeg-mp3-mono-16k.mp3', 'mpeg-mp3-vbr.mp3', 'adts-aac.aac', 'mpeg-mp2.mp2'];
const times = 150;
const hash = (data: Float32Array): string => createHash('sha256').update(new Uint8Array(data.buffer)).digest('hex');

describe.each(names)('%s, repeated', (name) => {
  const bytes = repeated(name, times);

  test.each([2, 3, 8])('with %i threads', async (threads) => {
    const off = await decode(bytes, { sampleRate: 16_000, parallel: 'off' });
    expect(off.source.duration).toBeGreaterThan(20);
    // The size of the pool is set once in a process.
    const run = await runScript(`
      import { createHash } from 'node:crypto';
      import { readFileSync } from 'node:fs';
      native.setThreads(${threads});
      const once = readFileSync(new URL('${new URL(name, formats).href}'));
      const all = new Uint8Array(Buffer.concat(Array(${times}).fill(once)));
      const { data, damage } = await decode(all, { sampleRate: 16_000 });
      console.log(JSON.stringify({ hash: createHash('sha256').update(new Uint8Array(data.slice().buffer)).digest('hex'), damage }));`);
    expect(run, run.stderr).toMatchObject({ code: 0, signal: null });
    expect(JSON.parse(run.stdout)).toEqual({ hash: hash(off.data.slice()), damage: off.damage });
  });
});

test('a flipped byte is the same damage', async () => {
  const bytes = repeated('mpeg-mp3-untagged.mp3', times);
  for (const at of [0.2, 0.5, 0.7]) bytes.fill(0xff, Math.floor(bytes.length * at), Math.floor(bytes.length * at) + 40);
  const off = await decode(bytes, { sampleRate: 16_000, parallel: 'off' });
  const auto = await decode(bytes, { sampleRate: 16_000, parallel: 'auto' });
  expect(auto.damage).toEqual(off.damage);
  expect(hash(auto.data.slice())).toBe(hash(off.data.slice()));
});

test('the limit of seconds holds in the middle', async () => {
  const decoder = new AudioDecoder({ limits: { seconds: 15 } });
  const bytes = repeated('mpeg-mp3-untagged.mp3', times);
  const limit = { code: 'ERR_AUDIO_LIMIT', limit: 'seconds', max: 15 };
  await expect(decoder.decode(bytes, { parallel: 'auto' })).rejects.toMatchObject(limit);
  await expect(decoder.decode(bytes, { parallel: 'off' })).rejects.toMatchObject(limit);
});

test('an abort in the middle rejects', async () => {
  const bytes = repeated('mpeg-mp3-untagged.mp3', 40 * times);
  const signal = AbortSignal.timeout(30);
  await expect(decode(bytes, { sampleRate: 16_000, signal })).rejects.toMatchObject({ name: 'AbortError' });
});

test('parallel is auto or off', () => {
  // @ts-expect-error: not one of the words
  expect(() => decode(new Uint8Array(1), { parallel: true })).toThrow(
    new TypeError("options.parallel must be 'off' or 'auto', got true"),
  );
});
