import { ascii, be, type Content, filled, type HostileHeader, join, parts } from './bytes.js';

/** ISO/IEC 14496-12: boxes, whose tables say how many samples there are, and where. */

export function box(type: string, ...content: Content): Buffer {
  const body = join(...content);
  return join(be(body.length + 8), ascii(type), body);
}

const full = (type: string, ...content: Content): Buffer => box(type, be(0), ...content);
const table = (type: string, count: number, ...entries: Content): Buffer => full(type, be(count), ...entries);

interface Track {
  readonly id?: number;
  readonly handler?: string;
  /** Tables in place of those of one packet. */
  readonly stts?: Buffer;
  readonly stsz?: Buffer;
  readonly stsc?: Buffer;
  readonly stco?: Buffer;
  readonly more?: readonly Buffer[];
  readonly edits?: Buffer;
}

const samples = 16_000;
const packet = 160;
const rate = 8000;

/** A-law, so that any byte is sound, in packets of 20 ms: a duration of 160 makes FFmpeg index each of them. */
const alaw = box('alaw', Buffer.alloc(6), be(1, 2), Buffer.alloc(8), be(1, 2), be(16, 2), be(0), be(rate), be(0, 2));

const text = box('text', Buffer.alloc(6), be(1, 2), Buffer.alloc(50));

function track(options: Track = {}): Buffer {
  const { id = 1, handler = 'soun', more = [], edits } = options;
  const {
    stts = table('stts', 1, be(samples / packet), be(packet)),
    stsz = full('stsz', be(packet), be(samples / packet)),
    stsc = table('stsc', 1, be(1), be(samples / packet), be(1)),
    stco = table('stco', 1, be(64)),
  } = options;
  const stbl = box('stbl', table('stsd', 1, handler === 'soun' ? alaw : text), stts, stsc, stsz, stco, more);
  const minf = box('minf', full('smhd', be(0)), box('dinf', table('dref', 1, box('url ', be(1)))), stbl);
  const mdhd = full('mdhd', be(0), be(0), be(rate), be(samples), be(0));
  const mdia = box('mdia', mdhd, full('hdlr', be(0), ascii(handler), Buffer.alloc(13)), minf);
  const tkhd = box('tkhd', be(7), be(0), be(0), be(id), be(0), be(samples), Buffer.alloc(60));
  return box('trak', tkhd, ...(edits ? [box('edts', edits)] : []), mdia);
}

const mvhd = full('mvhd', be(0), be(0), be(rate), be(samples), Buffer.alloc(76), be(9));
const ftyp = box('ftyp', ascii('isom'), be(0), ascii('isom'));

/** The sound stands in front, so that its position is known. */
function sounding(bytes: number, ...content: Content): Buffer {
  const start = join(ftyp, box('free', Buffer.alloc(64 - ftyp.length - 16)));
  const data = join(be(bytes + 8), ascii('mdat'), Buffer.alloc(bytes, 0xd5));
  return join(start, data, box('moov', mvhd, ...content));
}

const movie = (...content: Content): Buffer => sounding(samples, ...content);

const extended = (id: number, size = packet): Buffer => full('trex', be(id), be(1), be(packet), be(size), be(0));

function fragment(id: number, ...truns: readonly Buffer[]): Buffer {
  return box('moof', full('mfhd', be(1)), box('traf', box('tfhd', be(0x20000), be(id)), ...truns));
}

/** Track that has no samples but those of fragments. */
const empty = (id: number): Buffer =>
  track({
    id,
    stts: table('stts', 0),
    stsz: full('stsz', be(0), be(0)),
    stsc: table('stsc', 0),
    stco: table('stco', 0),
  });

const claimed = (count: number): Track => ({
  stts: table('stts', 1, be(count), be(packet)),
  stsz: full('stsz', be(1), be(count)),
  stsc: table('stsc', 1, be(1), be(count), be(1)),
});

/** As many samples as an index of `bytes` describes, each of one byte. */
function indexed(bytes: number, duration = packet): Track {
  const count = Math.floor(bytes / 4);
  return {
    stts: table('stts', 1, be(count), be(duration)),
    stsz: full('stsz', be(0), be(count), filled(count * 4, be(1))),
    stsc: table('stsc', 1, be(1), be(count), be(1)),
  };
}

export const mp4OfTracks = (count: number, handler = 'soun'): Buffer =>
  movie(
    track(),
    Array.from({ length: count - 1 }, (_, i) => track({ id: i + 2, handler })),
  );

/** An honest file, whose packets are of one byte. */
export const onePacketPerByte = (size: number): Buffer => sounding(size, track(claimed(size)));

const edit = (duration: number, time: number): Buffer => join(be(duration), be(time), be(0x10000));
const edits = (size: number, make: (index: number) => Buffer): Buffer => {
  const all = parts(size, make);
  return table('elst', all.length, all);
};

const sidx = (track: number, offset: number, count: number): Buffer =>
  full(
    'sidx',
    be(track),
    be(rate),
    be(0),
    be(offset),
    be(0, 2),
    be(count, 2),
    filled(count * 12, join(be(100), be(packet), be(0))),
  );

export const mp4: readonly HostileHeader[] = [
  {
    name: 'MP4: eight tracks of ten million samples without bytes',
    make: () => movie(Array.from({ length: 8 }, (_, i) => track({ id: i + 1, ...claimed(10_000_000) }))),
  },
  {
    name: 'MP4: samples of four bits, all of size zero',
    ofPackets: true,
    grows: true,
    make: (size) => {
      const count = size * 2;
      const stsz = box('stz2', be(0), be(4), be(count), Buffer.alloc(size));
      return movie(track({ ...claimed(count), stsz }));
    },
  },
  {
    name: 'MP4: chunks that claim more samples than there are bytes',
    make: () =>
      movie(
        track({
          stts: table('stts', 1, be(0x7fff_ffff), be(1)),
          stsz: full('stsz', be(1), be(0x7fff_ffff)),
          stsc: table('stsc', 1, be(1), be(0x7fff_ffff), be(1)),
        }),
      ),
  },
  {
    name: 'MP4: edits that each use all samples again',
    ofPackets: true,
    grows: true,
    make: (size) => movie(track({ ...indexed(size / 2), edits: edits(size / 2, () => edit(0x7fff_ffff, 0)) })),
  },
  {
    name: 'MP4: edits among samples of one time',
    ofPackets: true,
    grows: true,
    make: (size) => movie(track({ ...indexed(size / 2, 0), edits: edits(size / 2, (i) => edit(1, i)) })),
  },
  {
    name: 'MP4: edits among samples with offsets of their own',
    make: (size) => {
      const samples = indexed(size / 2);
      const count = Math.floor(size / 8);
      const more = [table('ctts', 1, be(count), be(0))];
      return movie(track({ ...samples, more, edits: edits(size / 2, (i) => edit(1, count * packet - i)) }));
    },
  },
  {
    name: 'MP4: edits among samples without a key',
    ofPackets: true,
    make: (size) => {
      const count = Math.floor(size / 8);
      const more = [table('stss', 1, be(1))];
      return movie(track({ ...indexed(size / 2), more, edits: edits(size / 2, (i) => edit(1, count * packet - i)) }));
    },
  },
  ...['stts', 'ctts', 'stss'].map((type) => ({
    name: `MP4: many ${type} that each claim all bytes behind them`,
    make: (size: number) =>
      movie(track({ more: parts(size, (i) => table(type, Math.max(1, Math.floor((size - 16 * i) / 8) - 4096))) })),
  })),
  {
    name: 'MP4: keys that are not there',
    make: (size) =>
      movie(
        track(),
        box(
          'meta',
          be(0),
          full('hdlr', be(0), ascii('mdta'), Buffer.alloc(13)),
          table('keys', 30_000_000, Buffer.alloc(size)),
        ),
      ),
  },
  {
    name: 'MP4: covers',
    make: (size) =>
      movie(
        track(),
        box(
          'udta',
          box('meta', be(0), box('ilst', filled(size, box('covr', box('data', be(13), be(0), be(0xffd8, 4)))))),
        ),
      ),
  },
  {
    name: 'MP4: tags',
    make: (size) => movie(track(), box('udta', filled(size, box('\xa9nam', be(1, 2), be(0, 2), ascii('x'))))),
  },
  {
    name: 'MP4: a chapter track whose titles lie apart',
    ofPackets: true,
    make: (size) => {
      const count = Math.floor(size / 8);
      const stco = table(
        'stco',
        count,
        Array.from({ length: count }, (_, i) => be(64 + ((i * 7919) % size))),
      );
      const titles = track({
        id: 2,
        handler: 'text',
        stco,
        ...indexed(size / 2),
        stsc: table('stsc', 1, be(1), be(1), be(1)),
      });
      return movie(track(), titles, box('tref', box('chap', be(2))));
    },
  },
  { name: 'MP4: tracks', make: (size) => movie(parts(size, (i) => track({ id: i + 1 }))) },
  { name: 'MP4: 500 tracks', make: () => mp4OfTracks(500) },
  {
    name: 'MP4: keys of decryption',
    make: (size) => movie(track({ more: [filled(size, full('pssh', Buffer.alloc(16), be(0)))] })),
  },
  { name: 'MP4: empty boxes', make: (size) => movie(track({ more: [filled(size, box('free'))] })) },
  {
    name: 'MP4: fragments of samples that have no bytes',
    ofPackets: true,
    grows: true,
    make: (size) =>
      join(movie(empty(1), box('mvex', extended(1, 1))), filled(size, fragment(1, box('trun', be(0), be(100_000))))),
  },
  {
    name: 'MP4: fragments',
    make: (size) =>
      join(movie(empty(1), box('mvex', extended(1, 1))), filled(size, fragment(1, box('trun', be(0), be(1))))),
  },
  {
    name: 'MP4: an index of fragments for 500 tracks',
    make: (size) =>
      join(
        movie(
          Array.from({ length: 500 }, (_, i) => empty(i + 1)),
          box('mvex', extended(1)),
        ),
        sidx(1, 0, Math.min(65_535, Math.floor(size / 12))),
      ),
  },
  {
    name: 'MP4: indexes of fragments in falling order',
    make: (size) =>
      join(
        movie(empty(1), box('mvex', extended(1))),
        parts(size, (i) => sidx(1, (size - 44 * i) * 3, 1)),
      ),
  },
  {
    name: 'MP4: an index of fragments, and fragments before it',
    make: (size) =>
      join(
        movie(empty(1), box('mvex', extended(1, 1))),
        sidx(1, size, Math.min(65_535, Math.floor(size / 24))),
        filled(size / 2, fragment(1, box('trun', be(0), be(1)))),
      ),
  },
  {
    name: 'MP4: fragments of a track that none of many extensions names',
    make: (size) =>
      join(
        movie(empty(1), box('mvex', filled(size / 2, extended(2)), extended(1, 1))),
        filled(size / 2, fragment(1, box('trun', be(0), be(1)))),
      ),
  },
];
