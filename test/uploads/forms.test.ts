import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type AudioSource, decode, probe } from '../../dist/index.js';
import { AudioLoader } from '../../dist/load/index.js';
import { errorOf } from '../safe/outcome.js';

/**
 * Forms that are sent where their file was meant, as `curl -F file=@talk.mp3` does: FFmpeg took their headers for junk
 * before an MP3, and the boundary behind it for damage.
 */

const mp3 = readFileSync(fileURLToPath(new URL('../fixtures/ranges/lame.mp3', import.meta.url)));

async function form(file: Uint8Array = mp3, text = false): Promise<Uint8Array> {
  const data = new FormData();
  if (text) data.set('language', 'en');
  data.set('file', new Blob([new Uint8Array(file)], { type: 'audio/mpeg' }), 'talk.mp3');
  return new Uint8Array(await new Response(data).arrayBuffer());
}

const curl = (headers: string) =>
  Buffer.concat([Buffer.from(`--------------------------d74496d66958873e\r\n${headers}\r\n\r\n`), mp3]);

const refused = {
  code: 'ERR_AUDIO_UNSUPPORTED_CONTAINER',
  fault: 'client',
  retryable: false,
  message: expect.stringMatching(/^this is a multipart form: /),
  remedy: expect.stringContaining('--data-binary'),
};

describe('a multipart form', () => {
  test.each([
    ['of FormData', () => form()],
    ['with a field before the file', () => form(mp3, true)],
    [
      'of curl',
      () => curl('Content-Disposition: form-data; name="file"; filename="talk.mp3"\r\nContent-Type: audio/mpeg'),
    ],
    [
      'with its headers the other way round',
      () => curl('content-type: audio/mpeg\r\nCONTENT-DISPOSITION: form-data; name="a"'),
    ],
  ])('%s is said to be one', async (_, make) => {
    const bytes = await make();
    const sources: (() => AudioSource)[] = [
      () => bytes,
      () => new Blob([new Uint8Array(bytes)]),
      () => Readable.from([bytes]),
      () => Readable.from(Array.from(bytes.subarray(0, 3000), (byte) => Buffer.of(byte))),
    ];
    for (const source of sources) {
      expect(await errorOf(decode(source()))).toMatchObject(refused);
      expect(await errorOf(probe(source()))).toMatchObject(refused);
      expect(await errorOf(new AudioLoader().load(source() as never))).toMatchObject(refused);
    }
  });

  test.each([
    ['dashes alone', '--'],
    ['a line of dashes', `${'-'.repeat(200)}\r\n`],
    ['a boundary alone', '--abc\r\n'],
    ['a part of a message', '--abc\r\nContent-Type: text/plain\r\n\r\nform-data'],
    ['an end', '--\r\n\r\n'],
  ])('%s is none', async (_, text) => {
    const error = await errorOf(decode(Buffer.from(text)));
    expect(error.code).toMatch(/^ERR_AUDIO_(UNSUPPORTED_CONTAINER|CORRUPT|EMPTY|NO_STREAM)$/);
    expect(error.message).not.toContain('multipart');
  });

  test('audio of dashes is decoded', async () => {
    const raw = { codec: 'pcm_u8', sampleRate: 8000, channels: 1 } as const;
    expect((await decode(curl('Content-Disposition: form-data'), { raw })).frames).toBeGreaterThan(mp3.length);
  });
});
