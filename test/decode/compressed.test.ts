import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { decode, probe } from '../../dist/index.js';
import { decodeApart, errorOf, memorySlack } from '../safe/outcome.js';
import { compressed, pcmMatroska, tone } from './matroska.js';

/** Frames and headers that are compressed: by zlib they are read, by anything else refused. */

const { pcm, samples } = tone(4000);
const megabyte = 1024 ** 2;

describe('Matroska', () => {
  test('frames compressed by zlib are inflated', async () => {
    const audio = await decode(pcmMatroska(pcm, { encodings: compressed(0), pack: (bytes) => deflateSync(bytes) }));
    expect(audio.data).toEqual(samples);
    expect(audio.damage.packets).toBe(0);
  });

  test.each([
    [1, 'bzip2'],
    [2, 'LZO'],
    [9, 'unknown'],
  ])('algorithm %i is refused as a codec that is not supported, never noise', async (algorithm, word) => {
    const file = pcmMatroska(pcm, { encodings: compressed(algorithm) });
    const error = await errorOf(decode(file));
    expect(error).toMatchObject({ code: 'ERR_AUDIO_UNSUPPORTED_CODEC', fault: 'client' });
    expect(error.message).toContain(word);
    expect((await probe(file)).decodable).toBe(false);
  });

  test('two encodings in turn are refused', async () => {
    const file = pcmMatroska(pcm, { encodings: [...compressed(0), ...compressed(0)] });
    expect(await errorOf(decode(file))).toMatchObject({ code: 'ERR_AUDIO_UNSUPPORTED_CODEC' });
  });

  test('a frame that inflates to a thousand times its size is not inflated to its end', async () => {
    const bomb = deflateSync(new Uint8Array(60 * megabyte));
    const file = pcmMatroska(pcm, { encodings: compressed(0), pack: () => bomb });
    const outcome = await decodeApart(file);
    expect(outcome).toMatchObject({ code: 'ERR_AUDIO_CORRUPT' });
    expect(outcome.grownBytes).toBeLessThan(memorySlack * 16 * megabyte);
  });
});

describe('a QuickTime header', () => {
  const path = fileURLToPath(new URL('../fixtures/formats/mov-pcm_s16le.mov', import.meta.url));
  const plain = readFileSync(path);

  /** The header of the file, with another in its place. */
  function withHeader(change: (header: Buffer) => Buffer): Buffer {
    const start = plain.indexOf('moov') - 4;
    const end = start + plain.readUInt32BE(start);
    // Behind the samples: where they lie does not change.
    expect(end).toBe(plain.length);
    return Buffer.concat([plain.subarray(0, start), change(plain.subarray(start, end))]);
  }

  const box = (type: string, ...parts: Buffer[]): Buffer => {
    const body = Buffer.concat(parts);
    const head = Buffer.alloc(8);
    head.writeUInt32BE(body.length + 8);
    head.write(type, 4, 'latin1');
    return Buffer.concat([head, body]);
  };
  const number = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const packed = (header: Buffer, size: number): Buffer =>
    box('moov', box('cmov', box('dcom', Buffer.from('zlib')), box('cmvd', number(size), deflateSync(header))));

  test('that is compressed is inflated', async () => {
    const file = withHeader((header) => packed(header, header.length));
    const [audio, expected] = await Promise.all([decode(file), decode(plain)]);
    expect(audio.data).toEqual(expected.data);
  });

  test('that states gigabytes is refused before it takes memory', async () => {
    const file = withHeader((header) => packed(header, 0xf000_0000));
    const outcome = await decodeApart(file);
    expect(outcome).toMatchObject({ code: 'ERR_AUDIO_CORRUPT' });
    expect(outcome.grownBytes).toBeLessThan(memorySlack * 16 * megabyte);
  });

  test('that is compressed twice is refused', async () => {
    const file = withHeader((header) => {
      const once = packed(header, header.length);
      return packed(once, once.length);
    });
    expect(await errorOf(decode(file))).toMatchObject({ code: 'ERR_AUDIO_CORRUPT' });
  });
});
