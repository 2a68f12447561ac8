import { ascii, be, type Content, filled, fixture, type HostileHeader, join, le, parts } from './bytes.js';

/** FLAC (RFC 9639), Ogg (RFC 3533), ID3v2 and APE tags: what stands in front of sound, or behind it. */

const flacFile = fixture('flac-16.flac');
const streamInfo = flacFile.subarray(4, 4 + 38);
/** Behind the metadata of the fixture. */
const flacFrames = flacFile.subarray(flacFile.indexOf(Buffer.from([0xff, 0xf8])));

const block = (type: number, ...content: Content): Buffer => {
  const body = join(...content);
  return join(be(type, 1), be(body.length, 3), body);
};
const flac = (...blocks: Content): Buffer => {
  const info = Buffer.from(streamInfo);
  info[0] = 0;
  return join(ascii('fLaC'), info, ...blocks, block(0x81), flacFrames);
};
const comment = (text: string): Buffer => join(le(text.length), ascii(text));
const comments = (all: readonly Buffer[]): Buffer => join(le(0), le(all.length), all);
const picture = join(be(3), be(9), ascii('image/png'), be(0), Buffer.alloc(16), be(4), Buffer.alloc(4));
const name = (i: number): string => i.toString(36).padStart(5, '0');
/** A frame header as FFmpeg's parser looks for them: any 16 bits of blocksize, and a wrong checksum behind it. */
const cuesheet = (tracks: number): Buffer =>
  block(
    5,
    Buffer.alloc(395),
    be(tracks + 1, 1),
    filled(tracks * 48, join(be(0, 8), be(1, 1), Buffer.alloc(26), be(1, 1), Buffer.alloc(12))),
  );

const crcTable = Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc < 0 ? 0x04c11db7 : 0);
  return crc;
});

interface Page {
  readonly serial?: number;
  readonly flags?: number;
  readonly granule?: number;
  readonly laces?: readonly number[];
  readonly content?: Uint8Array;
}

function page({ serial = 1, flags = 0, granule = 0, laces = [0], content = Buffer.alloc(0) }: Page): Buffer {
  const result = join(
    ascii('OggS'),
    be(0, 1),
    be(flags, 1),
    le(granule, 8),
    le(serial),
    le(0),
    le(0),
    be(laces.length, 1),
    Buffer.from(laces),
    content,
  );
  let crc = 0;
  for (const byte of result) crc = (crc << 8) ^ (crcTable[((crc >>> 24) ^ byte) & 255] as number);
  result.writeInt32LE(crc, 22);
  return result;
}

/** Pages that hold one packet. */
function paged(packet: Buffer, page_: Page): Buffer {
  const pages: Buffer[] = [];
  for (let at = 0; at <= packet.length; at += 255 * 255) {
    const content = packet.subarray(at, at + 255 * 255);
    const laces = Array.from({ length: Math.min(255, Math.floor(content.length / 255) + 1) }, (_, i) =>
      Math.min(255, content.length - i * 255),
    );
    pages.push(page({ ...page_, flags: (page_.flags ?? 0) | (at > 0 ? 1 : 0), laces, content }));
  }
  return join(pages);
}

const opusHead = join(ascii('OpusHead'), be(1, 1), be(1, 1), le(0, 2), le(48_000), le(0, 2), be(0, 1));
const opusFile = fixture('ogg-opus.opus');

function opus(tags: Buffer, ...behind: readonly Buffer[]): Buffer {
  const sound = Array.from({ length: 50 }, (_, i) =>
    page({ granule: 960 * (i + 1), laces: [3], content: Buffer.from([0xf8, 0xff, 0xfe]) }),
  );
  return join(
    page({ flags: 2, laces: [19], content: opusHead }),
    paged(join(ascii('OpusTags'), tags), {}),
    ...behind,
    sound,
  );
}

const mp3 = fixture('mpeg-mp3-cbr.mp3');
const synchsafe = (size: number): Buffer => Buffer.from([21, 14, 7, 0].map((shift) => (size >> shift) & 0x7f));
const id3 = (version: number, ...frames: Content): Buffer => {
  const body = join(...frames);
  return join(ascii('ID3'), be(version, 1), be(0, 2), synchsafe(body.length), body);
};
const frame = (id: string, ...content: Content): Buffer => {
  const body = join(...content);
  return join(ascii(id), be(body.length), be(0, 2), body);
};

/** A tag of APE at the end of a file. */
function ape(fields: readonly Buffer[], count = fields.length): Buffer {
  const body = join(fields);
  return join(body, ascii('APETAGEX'), le(2000), le(body.length + 32), le(count), le(0), Buffer.alloc(8));
}
const field = (flags: number, key: string, value: string): Buffer =>
  join(le(value.length), le(flags), ascii(`${key}\0${value}`));

export const flacWithPictures = (count: number): Buffer =>
  flac(filled(count * (picture.length + 4), block(6, picture)));
export const mp3WithPictures = (count: number): Buffer => {
  const cover = frame('APIC', ascii('\0image/png\0\x03\0x'));
  return join(id3(3, filled(count * cover.length, cover)), mp3);
};

export const tagged: readonly HostileHeader[] = [
  { name: 'FLAC: comments of one name', make: (size) => flac(block(4, comments(parts(size, () => comment('A=B'))))) },
  { name: 'FLAC: comments', make: (size) => flac(block(4, comments(parts(size, (i) => comment(`${name(i)}=B`))))) },
  {
    name: 'FLAC: comments that are chapters',
    make: (size) =>
      flac(
        block(
          4,
          comments(parts(size, (i) => comment(`CHAPTER${String(999 - (i % 1000)).padStart(3, '0')}=00:00:00.000`))),
        ),
      ),
  },
  {
    name: 'FLAC: one comment of the channels, again and again',
    make: (size) => flac(block(4, comments(parts(size, () => comment('WAVEFORMATEXTENSIBLE_CHANNEL_MASK=0x3'))))),
  },
  { name: 'FLAC: pictures', make: (size) => flac(filled(size, block(6, picture))) },
  { name: 'FLAC: empty blocks', grows: true, make: (size) => flac(filled(size, block(1))) },
  { name: 'FLAC: cue sheets', make: (size) => flac(filled(size, cuesheet(99))) },
  {
    name: 'FLAC: points of seeking in falling order',
    make: (size) =>
      flac(
        block(
          3,
          parts(size, (i) => join(be(2 ** 31 - i, 8), be(i, 8), be(1, 2))),
        ),
      ),
  },
  { name: 'FLAC: syncs without frames', make: (size) => flac(filled(size, Buffer.from([0xff, 0xf8]))) },
  {
    name: 'FLAC: heads of frames without frames',
    make: (size) => join(flac(), filled(size, flacFrames.subarray(0, 6))),
  },
  { name: 'Ogg: comments of one name', make: (size) => opus(comments(parts(size, () => comment('A=B')))) },
  { name: 'Ogg: comments', make: (size) => opus(comments(parts(size, (i) => comment(`${name(i)}=B`)))) },
  {
    name: 'Ogg: pictures in comments',
    make: (size) => opus(comments(parts(size, () => comment(`METADATA_BLOCK_PICTURE=${picture.toString('base64')}`)))),
  },
  {
    name: 'Ogg: streams',
    make: (size) =>
      join(
        parts(size, (i) => page({ serial: i + 2, flags: 2, laces: [19], content: opusHead })),
        opusFile,
      ),
  },
  {
    name: 'Ogg: streams of nothing',
    make: (size) =>
      join(
        parts(size, (i) => page({ serial: i + 2, flags: 2 })),
        opusFile,
      ),
  },
  {
    name: 'Ogg: 500 streams',
    make: () =>
      join(
        Array.from({ length: 500 }, (_, i) => page({ serial: i + 2, flags: 2, laces: [19], content: opusHead })),
        opusFile,
      ),
  },
  {
    name: 'Ogg: pages of empty packets',
    make: (size) => opus(comments([]), filled(size, page({ laces: Array(255).fill(0) }))),
  },
  {
    name: 'Ogg: pages with wrong checksums',
    grows: true,
    make: (size) =>
      opus(comments([]), filled(size, join(ascii('OggS'), be(0, 22), be(255, 1), Buffer.alloc(255, 255)))),
  },
  { name: 'Ogg: starts of pages', make: (size) => opus(comments([]), filled(size, ascii('OggS'))) },
  {
    name: 'Ogg: links',
    make: (size) =>
      join(
        parts(size, (i) =>
          join(
            page({ serial: i + 2, flags: 2, laces: [19], content: opusHead }),
            page({ serial: i + 2, laces: [16], content: join(ascii('OpusTags'), comments([])) }),
          ),
        ),
        opusFile,
      ),
  },
  { name: 'MP3: tags', grows: true, make: (size) => join(filled(size, id3(3)), mp3) },
  {
    name: 'MP3: texts',
    make: (size) =>
      join(
        id3(
          3,
          parts(size, (i) => frame('TXXX', ascii(`\0${name(i)}\0v`))),
        ),
        mp3,
      ),
  },
  {
    name: 'MP3: pictures',
    make: (size) => join(id3(3, filled(size, frame('APIC', ascii('\0image/png\0\x03\0x')))), mp3),
  },
  {
    name: 'MP3: chapters',
    make: (size) =>
      join(
        id3(
          3,
          parts(size, (i) => frame('CHAP', ascii(`${name(i)}\0`), Buffer.alloc(16))),
        ),
        mp3,
      ),
  },
  {
    name: 'MP3: private frames',
    make: (size) =>
      join(
        id3(
          3,
          parts(size, (i) => frame('PRIV', ascii(`${name(i)}\0v`))),
        ),
        mp3,
      ),
  },
  {
    name: 'MP3: frames of two possible sizes',
    make: (size) =>
      join(id3(4, filled(size, join(ascii('TIT2'), be(0x180), be(0, 2), Buffer.alloc(0x180, 0x41)))), mp3),
  },
  { name: 'MP3: fields of an APE tag', make: (size) => join(mp3, ape(parts(size, (i) => field(0, name(i), 'v')))) },
  {
    name: 'MP3: pictures of an APE tag',
    make: (size) => join(mp3, ape(parts(size, () => field(2, 'Cover Art', 'a.png\0x')))),
  },
  { name: 'MP3: syncs without frames', make: (size) => join(mp3, filled(size, Buffer.from([0xff, 0xfb, 0x90, 0]))) },
  {
    name: 'ADTS: tags between frames',
    make: (size) => join(fixture('adts-aac.aac'), filled(size, id3(3)), fixture('adts-aac.aac')),
  },
  {
    name: "Monkey's Audio: fields of a tag",
    make: (size) => join(fixture('ape-normal.ape'), ape(parts(size, (i) => field(0, name(i), 'v')))),
  },
  {
    name: 'WavPack: pictures of a tag',
    make: (size) => join(fixture('wavpack-16.wv'), ape(parts(size, () => field(2, 'Cover Art', 'a.png\0x')))),
  },
];
