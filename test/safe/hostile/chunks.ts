import { ascii, be, type Content, filled, fixture, type HostileHeader, iff, join, le, parts, riff } from './bytes.js';

/** WAV, AVI, AIFF, CAF, DSDIFF, ASF: files of chunks. */

const sound = Buffer.alloc(16_000);
const format = riff('fmt ', le(1, 2), le(1, 2), le(8000), le(16_000), le(2, 2), le(16, 2));
const wav = (...chunks: Content): Buffer => riff('RIFF', ascii('WAVE'), format, join(...chunks), riff('data', sound));

const cue = (i: number): Buffer => join(le(2 ** 31 - i), Buffer.alloc(16), le(i));
const cues = (size: number): Buffer => {
  const all = parts(size, cue);
  return riff('cue ', le(all.length), all);
};
const labels = (size: number): Buffer =>
  riff(
    'LIST',
    ascii('adtl'),
    parts(size, (i) => riff('labl', le(2 ** 31 - i), ascii('x\0'))),
  );

const common = iff('COMM', be(1, 2), be(8000), be(16, 2), Buffer.from([0x40, 0x0b, 0xfa, 0, 0, 0, 0, 0, 0, 0]));
const aiff = (...chunks: Content): Buffer =>
  iff('FORM', ascii('AIFF'), common, join(...chunks), iff('SSND', be(0, 8), sound));

const caff = (id: string, ...content: Content): Buffer => {
  const body = join(...content);
  return join(ascii(id), be(body.length, 8), body);
};
const description = caff(
  'desc',
  Buffer.from([0x40, 0xbf, 0x40, 0, 0, 0, 0, 0]),
  ascii('alaw'),
  be(0),
  be(1),
  be(1),
  be(1),
  be(8),
);
const packets = caff(
  'desc',
  Buffer.from([0x40, 0xbf, 0x40, 0, 0, 0, 0, 0]),
  ascii('alac'),
  be(0),
  be(0),
  be(4096),
  be(1),
  be(16),
);
const caf = (desc: Buffer, ...chunks: Content): Buffer =>
  join(ascii('caff'), be(1, 2), be(0, 2), desc, ...chunks, caff('data', be(0), sound));

const aviStream = riff(
  'LIST',
  ascii('strl'),
  riff('strh', ascii('auds'), Buffer.alloc(16), le(1), le(8000), le(0), le(8000), le(0), le(0), le(2), Buffer.alloc(8)),
  riff('strf', le(1, 2), le(1, 2), le(8000), le(16_000), le(2, 2), le(16, 2)),
);
const avi = (more: Uint8Array, behind: Uint8Array = Buffer.alloc(0)): Buffer =>
  riff(
    'RIFF',
    ascii('AVI '),
    riff('LIST', ascii('hdrl'), riff('avih', Buffer.alloc(56)), aviStream, more),
    riff('LIST', ascii('movi'), riff('00wb', sound)),
    behind,
  );

const wma = fixture('asf-wmav2.wma');
/** Objects at the start of the header object. */
const asf = (...objects: Content): Buffer => {
  const body = join(...objects);
  const head = Buffer.from(wma.subarray(0, 30));
  head.writeBigUInt64LE(head.readBigUInt64LE(16) + BigInt(body.length), 16);
  return join(head, body, wma.subarray(30));
};
const object = (guid: string, ...content: Content): Buffer => {
  const body = join(...content);
  return join(Buffer.from(guid, 'hex'), le(body.length + 24, 8), body);
};
const marker = '01cd87f451a9cf118ee600c00c205365';
const metadata = 'eacbf8c5af5b77488467aa8c44fa4cca';
const library = '941c23449894d149a1411d134e457054';
const extendedContent = '40a4d0d207e3d21197f000a0c95ea850';
const contentDescription = '3326b2758e66cf11a6d500aa0062ce6c';
const languages = 'a946437ce0effc4bb229393ede415c85';

export const chunks: readonly HostileHeader[] = [
  { name: 'WAV: empty chunks', make: (size) => wav(filled(size, riff('junk'))) },
  {
    name: 'WAV: texts',
    make: (size) =>
      wav(
        riff(
          'LIST',
          ascii('INFO'),
          parts(size, (i) => riff(i.toString(36).padStart(4, '0'), ascii('x\0'))),
        ),
      ),
  },
  { name: 'WAV: lists without content', make: (size) => wav(filled(size, riff('LIST', ascii('INFO')))) },
  { name: 'WAV: cues in falling order', make: (size) => wav(cues(size)) },
  { name: 'WAV: labels of cues', make: (size) => wav(cues(size / 2), labels(size / 2)) },
  { name: 'WAV: broadcast chunks that end too early', grows: true, make: (size) => wav(filled(size, riff('bext'))) },
  {
    name: 'WAV: tags that claim more than their chunks',
    make: (size) => wav(filled(size, riff('id3 ', ascii('ID3'), be(3, 1), be(0, 2), Buffer.from([1, 0, 0, 0])))),
  },
  { name: 'WAV: formats', make: (size) => wav(filled(size, format)) },
  { name: 'AIFF: empty chunks', make: (size) => aiff(filled(size, iff('ABCD'))) },
  { name: 'AIFF: annotations', make: (size) => aiff(filled(size, iff('ANNO', ascii('xx')))) },
  {
    name: 'AIFF: layouts',
    make: (size) => aiff(filled(size, iff('CHAN', be(0), be(0), be(1000), Buffer.alloc(20_000)))),
  },
  { name: 'CAF: empty chunks', make: (size) => caf(description, filled(size, caff('free'))) },
  {
    name: 'CAF: texts without an end',
    make: (size) => caf(description, filled(size, caff('info', be(1), ascii('abc')))),
  },
  {
    name: 'CAF: texts',
    make: (size) =>
      caf(
        description,
        caff(
          'info',
          be(size / 4),
          parts(size, () => ascii('a\0b\0')),
        ),
      ),
  },
  {
    name: 'CAF: packets of no size',
    make: (size) => caf(packets, caff('pakt', be(size, 8), be(0, 8), be(0, 8), Buffer.alloc(size))),
  },
  {
    name: 'CAF: tables of packets',
    make: (size) => caf(packets, filled(size, caff('pakt', be(100, 8), be(0, 8), be(0, 8), Buffer.alloc(100)))),
  },
  {
    name: 'CAF: layouts',
    make: (size) => caf(description, filled(size, caff('chan', be(0), be(0), be(1000), Buffer.alloc(20_000)))),
  },
  { name: 'AVI: streams', make: (size) => avi(filled(size, aviStream)) },
  { name: 'AVI: 90 streams', make: () => avi(filled(90 * aviStream.length, aviStream)) },
  {
    name: 'AVI: an index in falling order',
    make: (size) =>
      avi(
        Buffer.alloc(0),
        riff(
          'idx1',
          parts(size, (i) => join(ascii('00wb'), le(16), le(2 ** 31 - i), le(2))),
        ),
      ),
  },
  {
    name: 'AVI: an index of one place',
    make: (size) => avi(Buffer.alloc(0), riff('idx1', filled(size, join(ascii('00wb'), le(16), le(4), le(2))))),
  },
  {
    name: 'AVI: indexes of indexes',
    make: (size) => {
      const leaf = riff(
        'ix00',
        le(2, 2),
        be(1, 2),
        le(size / 16),
        ascii('00wb'),
        le(0, 8),
        le(0),
        parts(size / 2, (i) => join(le(i * 16), le(2))),
      );
      const at = 12 + 8 + 4 + 64 + aviStream.length;
      return avi(
        join(
          leaf,
          riff(
            'indx',
            le(4, 2),
            be(0, 2),
            le(size / 32),
            ascii('00wb'),
            Buffer.alloc(12),
            filled(size / 2, join(le(at, 8), le(100), le(1))),
          ),
        ),
      );
    },
  },
  { name: 'AVI: empty chunks', make: (size) => avi(filled(size, riff('JUNK'))) },
  {
    name: 'AVI: empty packets',
    make: (size) => avi(Buffer.alloc(0), riff('LIST', ascii('movi'), filled(size, riff('00wb')))),
  },
  {
    name: 'DSDIFF: empty chunks',
    make: (size) =>
      Buffer.concat([
        fixture('dsd.dff').subarray(0, 16),
        filled(size, join(ascii('ABCD'), be(0, 8))),
        fixture('dsd.dff').subarray(16),
      ]),
  },
  {
    name: 'ASF: markers that claim all bytes',
    make: (size) => asf(filled(size, object(marker, Buffer.alloc(16), le(size), le(0, 2), le(0, 2)))),
  },
  { name: 'ASF: metadata that claims all bytes', make: (size) => asf(filled(size, object(metadata, le(65_535, 2)))) },
  { name: 'ASF: a library that claims all bytes', make: (size) => asf(filled(size, object(library, le(65_535, 2)))) },
  {
    name: 'ASF: descriptions that claim all bytes',
    grows: true,
    make: (size) => asf(filled(size, object(extendedContent, le(65_535, 2)))),
  },
  {
    name: 'ASF: comments that claim all bytes',
    make: (size) => asf(filled(size, object(contentDescription, filled(10, Buffer.from([0xff]))))),
  },
  { name: 'ASF: languages that claim all bytes', make: (size) => asf(filled(size, object(languages, le(65_535, 2)))) },
  {
    name: 'ASF: descriptions',
    make: (size) =>
      asf(
        parts(size, (i) =>
          object(
            extendedContent,
            le(1, 2),
            le(12, 2),
            Buffer.from(`${i.toString(36).padStart(5, '0')}\0`, 'utf16le'),
            le(0, 2),
            le(4, 2),
            Buffer.from('x\0', 'utf16le'),
          ),
        ),
      ),
  },
  { name: 'ASF: empty objects', make: (size) => asf(filled(size, object('00'.repeat(16)))) },
];
