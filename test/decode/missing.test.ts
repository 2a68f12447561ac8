import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type Damage, decode } from '../../dist/index.js';
import { errorOf } from '../safe/outcome.js';
import { oggPages } from './ogg.js';

/** Pages of an Ogg and packets of a transport stream are numbered: those that are missing are damage. */

const fixture = (name: string): Buffer => readFileSync(fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url)));

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 500) yield bytes.subarray(at, at + 500);
}

const damageOf = async (bytes: Uint8Array): Promise<Damage> => (await decode(bytes)).damage;
const streamDamageOf = async (bytes: Uint8Array): Promise<Damage> => (await decode(pieces(bytes))).damage;

describe.each([
  ['Opus', 'field/opus/music-then-voice.opus'],
  ['Vorbis', 'ranges/vorbis.ogg'],
])('Ogg %s', (_, name) => {
  const pages = oggPages(fixture(name));
  const middle = Math.floor(pages.length / 2);
  const without = Buffer.concat(pages.filter((__, i) => i !== middle));

  test('a missing page is counted, in a file and in a stream', async () => {
    expect(await damageOf(without)).toMatchObject({ packets: 1, truncated: false });
    expect(await streamDamageOf(without)).toMatchObject({ packets: 1, truncated: false });
  });

  test("is an error with onDamage 'error'", async () => {
    expect(await errorOf(decode(without, { onDamage: 'error' }))).toMatchObject({ code: 'ERR_AUDIO_CORRUPT' });
  });
});

test('a broadcast that is joined in its middle has lost nothing', async () => {
  const pages = oggPages(fixture('field/opus/music-then-voice.opus'));
  const joined = Buffer.concat([...pages.slice(0, 2), ...pages.slice(4)]);
  expect(await damageOf(joined)).toMatchObject({ packets: 0, truncated: false });
});

test('links of a chain begin their numbers anew', async () => {
  for (const name of ['field/opus/links.opus', 'field/vorbis/links.ogg']) {
    expect(await damageOf(fixture(name))).toMatchObject({ packets: 0, truncated: false });
    expect(await streamDamageOf(fixture(name))).toMatchObject({ packets: 0, truncated: false });
  }
});

describe('a transport stream', () => {
  const file = fixture('formats/ts-mp2.ts');
  const packets = Array.from({ length: file.length / 188 }, (_, i) => file.subarray(i * 188, i * 188 + 188));
  const isAudio = (packet: Buffer): boolean => (packet.readUInt16BE(1) & 0x1fff) === 0x100;
  const audio = packets.map((packet, i) => (isAudio(packet) ? i : -1)).filter((i) => i >= 0);

  test.each([0.2, 0.5, 0.9])('that lost a packet at %f of it says so, as a file and as a stream', async (place) => {
    const lost = audio[Math.floor(audio.length * place)];
    const bytes = Buffer.concat(packets.filter((_, i) => i !== lost));
    expect((await damageOf(bytes)).packets).toBeGreaterThan(0);
    expect((await streamDamageOf(bytes)).packets).toBeGreaterThan(0);
  });

  test('is whole as it is, and where two were joined', async () => {
    expect(await damageOf(file)).toMatchObject({ packets: 0, truncated: false });
    expect(await damageOf(Buffer.concat([file, file]))).toMatchObject({ packets: 0, truncated: false });
  });
});
