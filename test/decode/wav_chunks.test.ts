import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { AudioDecoder, decode } from '../../dist/index.js';
import { errorOf } from '../safe/outcome.js';
import { bytesOf, chunk, floats, format, integers, leftJustified, riff, u32 } from './riff.js';

/** WAV files as programs in the field write them. Each is read from bytes and from a pipe, with the same result. */

const first = integers(4001, 16, 1);
const second = integers(3000, 16, 2);
const data = (values: number[], size?: number) => chunk('data', leftJustified(values, 16, 2), size);
const list = chunk('LIST', bytesOf('INFOISFT', u32(8), 'somebody'));
const both = [...first, ...second];

async function everyWay(wav: Buffer): Promise<{ data: Float32Array; told: boolean }> {
  const whole = await decode(wav);
  for (const size of [wav.length, 7000, 333]) {
    const pieces = Array.from({ length: Math.ceil(wav.length / size) }, (_, i) =>
      wav.subarray(i * size, (i + 1) * size),
    );
    const streamed = await decode(Readable.from(pieces));
    expect(streamed.data).toEqual(whole.data);
    expect(streamed.damage.packets).toBe(whole.damage.packets);
  }
  return { data: whole.data, told: whole.damage.packets > 0 || whole.damage.truncated };
}

const intact: [string, Buffer, number[]][] = [
  [
    'joined, as speech services send sentence by sentence',
    Buffer.concat([riff(format(), data(first)), riff(format(), data(second))]),
    both,
  ],
  [
    'joined, of unknown length',
    Buffer.concat([riff(format(), data(first, 0xffffffff)), riff(format(), data(second, 0xffffffff))]),
    both,
  ],
  [
    'joined, of the length that sox writes',
    Buffer.concat([riff(format(), data(first, 0x7ffff000)), riff(format(), data(second, 0x7ffff000))]),
    both,
  ],
  [
    'joined, with texts between',
    Buffer.concat([riff(format(), data(first), list), riff(list, format(), data(second), list)]),
    both,
  ],
  ['a second data chunk', riff(format(), data(first), data(second)), both],
  ['a second data chunk behind a text', riff(format(), data(first), list, data(second)), both],
  ['an empty data chunk, a text, and the samples', riff(format(), data([]), list, data(second)), second],
  ['a LIST chunk of no bytes in front', riff(format(), chunk('LIST', Buffer.alloc(0)), data(first)), first],
  ['a LIST chunk of three bytes behind', riff(format(), data(first), chunk('LIST', Buffer.from('abc'))), first],
  [
    'a LIST chunk that claims a gigabyte',
    riff(format(), data(first), chunk('LIST', Buffer.from('INFO'), 2 ** 30)),
    first,
  ],
  ['the format behind the samples', riff(data(first), list, format()), first],
  [
    'a header that was never filled in',
    bytesOf('RIFF', u32(0), 'WAVE', format(), 'data', u32(0), leftJustified(first, 16, 2)),
    first,
  ],
  [
    'an ID3v1 tag behind',
    Buffer.concat([riff(format(), data(first)), Buffer.from('TAG'.padEnd(128, '\0'), 'latin1')]),
    first,
  ],
];

test.each(intact)('%s', async (_, wav, values) => {
  const audio = await everyWay(wav);
  expect(audio.data).toEqual(floats(values, 16));
  expect(audio.told).toBe(false);
});

test('another format behind is not lost silently', async () => {
  for (const other of [{ sampleRate: 8000 }, { channels: 2 }, { width: 3 }]) {
    const wav = Buffer.concat([riff(format(), data(first)), riff(format(other), data(second))]);
    const audio = await everyWay(wav);
    expect(audio.data).toEqual(floats(first, 16));
    expect(audio.told).toBe(true);
    expect(await errorOf(decode(wav, { onDamage: 'error' }))).toMatchObject({ code: 'ERR_AUDIO_CORRUPT' });
  }
});

test('a text behind an empty data chunk is not sound', async () => {
  const wav = riff(format(), data([]), list);
  for (const source of [wav, Readable.from([wav])]) {
    expect(await errorOf(decode(source))).toMatchObject({ code: 'ERR_AUDIO_EMPTY' });
  }
});

describe('ranges of joined files are slices of the whole', () => {
  const decoder = new AudioDecoder();
  test.each(intact)('%s', async (_, wav, values) => {
    for (const [start, end] of [
      [0.01, 0.02],
      [0.2, 0.3],
      [0.24, 0.44],
      [0.43, 9],
    ] as const) {
      const from = Math.floor(start * 16_000 + 0.5);
      const expected = floats(values.slice(from, Math.floor(end * 16_000 + 0.5)), 16);
      if (expected.length === 0) continue;
      expect((await decoder.decode(wav, { start, end })).data).toEqual(expected);
    }
  });

  test('longer than what is worth a seek', async () => {
    const long = integers(40_000, 16, 3);
    const wav = Buffer.concat([
      riff(format(), data(long), list),
      riff(format(), data(second)),
      riff(format(), data(long)),
    ]);
    const all = floats([...long, ...second, ...long], 16);
    for (const start of [1.1, 2.4, 2.49, 2.5, 2.51, 2.6, 2.7, 3.3, 5]) {
      const from = Math.floor(start * 16_000 + 0.5);
      const part = await decoder.decode(wav, { start, end: start + 0.2 });
      expect(part.data).toEqual(all.subarray(from, from + 3200));
    }
  });
});
