import { ascii, be, type Content, filled, type HostileHeader, join, parts } from './bytes.js';

/** Matroska (RFC 9559): elements of an id, a size and content. */

/** The smallest size that holds it. */
function size(length: number): Buffer {
  for (let bytes = 1; bytes < 8; bytes++) {
    if (length < 2 ** (7 * bytes) - 1) return be(length + 2 ** (7 * bytes), bytes);
  }
  throw new RangeError('too long');
}

function idBytes(id: number): Buffer {
  let bytes = 1;
  while (id >= 256 ** bytes) bytes++;
  return be(id, bytes);
}

function element(id: number, ...content: Content): Buffer {
  const body = join(...content);
  return join(idBytes(id), size(body.length), body);
}

function number(id: number, value: number): Buffer {
  let bytes = 1;
  while (value >= 256 ** bytes) bytes++;
  return element(id, be(value, bytes));
}

const header = element(0x1a45dfa3, element(0x4282, ascii('matroska')));

const track = (id: number, type = 2): Buffer =>
  element(
    0xae,
    number(0xd7, id),
    number(0x73c5, id),
    number(0x83, type),
    element(0x86, ascii('A_PCM/INT/LIT')),
    element(0xe1, element(0xb5, be(0x45fa0000)), number(0x9f, 1), number(0x6264, 16)),
  );

const block = (time: number): Buffer => element(0xa3, be(0x81, 1), be(time, 2), be(0x80, 1), Buffer.alloc(320));
const cluster = (...content: Content): Buffer => element(0x1f43b675, number(0xe7, 0), ...content);
const sound = cluster(Array.from({ length: 50 }, (_, i) => block(i * 20)));

/** Elements of level 1 before the sound, and behind it. */
function file(before: readonly Buffer[], behind: readonly Buffer[] = [], tracks = [track(1)]): Buffer {
  const info = element(0x1549a966, number(0x2ad7b1, 1_000_000));
  return join(header, element(0x18538067, info, element(0x1654ae6b, tracks), before, sound, behind));
}

const chapters = (length: number, uid: (index: number) => number): Buffer =>
  element(
    0x1043a770,
    element(
      0x45b9,
      parts(length, (i) => element(0xb6, element(0x73c4, be(uid(i))), element(0x91, be(i + 1)))),
    ),
  );
const cues = (length: number, time: (index: number) => number): Buffer =>
  element(
    0x1c53bb6b,
    parts(length, (i) =>
      element(0xbb, element(0xb3, be(time(i))), element(0xb7, number(0xf7, 1), element(0xf1, be(i)))),
    ),
  );
const tags = (length: number, target: number): Buffer =>
  element(0x1254c367, filled(length, element(0x7373, element(0x63c0, element(target, be(7))))));
const attachments = (length: number): Buffer =>
  element(
    0x1941a469,
    filled(
      length,
      element(0x61a7, element(0x466e, ascii('a')), element(0x4660, ascii('image/png')), element(0x465c, be(1))),
    ),
  );

/** One audio track with sound, and others of a type: 2 audio, 17 subtitles. */
export const matroskaOfTracks = (count: number, type = 2): Buffer =>
  file([], [], [track(1), ...Array.from({ length: count - 1 }, (_, i) => track(i + 2, type))]);

export const matroska: readonly HostileHeader[] = [
  { name: 'Matroska: chapters in falling order', make: (length) => file([chapters(length, (i) => 2 ** 31 - i)]) },
  { name: 'Matroska: cues in falling order', make: (length) => file([cues(length, (i) => 90_000_000 - i)]) },
  {
    name: 'Matroska: tags of chapters',
    make: (length) => file([chapters(length / 2, (i) => i + 1), tags(length / 2, 0x63c4)]),
  },
  {
    name: 'Matroska: tags of attachments',
    make: (length) => file([attachments(length / 2), tags(length / 2, 0x63c6)]),
  },
  {
    name: 'Matroska: empty cues',
    grows: true,
    make: (length) => file([element(0x1c53bb6b, filled(length, element(0xbb)))]),
  },
  { name: 'Matroska: attachments', make: (length) => file([attachments(length)]) },
  { name: 'Matroska: 500 tracks', make: () => matroskaOfTracks(500) },
  {
    name: 'Matroska: tracks',
    make: (length) =>
      file(
        [],
        [],
        parts(length, (i) => track(i + 1)),
      ),
  },
  { name: 'Matroska: empty tracks', make: (length) => file([], [], [track(1), filled(length, element(0xae))]) },
  {
    name: 'Matroska: encodings of a track',
    make: (length) => file([], [], [join(track(1)), element(0xae, element(0x6d80, filled(length, element(0x6240))))]),
  },
  {
    name: 'Matroska: planes of each track',
    make: (length) => {
      const planes = element(0xe2, element(0xe3, filled(length / 100, element(0xe4, number(0xe5, 9)))));
      const video = element(0xae, number(0xd7, 2), number(0x83, 1), element(0x86, ascii('V_VP8')), planes);
      return file([], [], [track(1), filled(length, video)]);
    },
  },
  {
    name: 'Matroska: heads of seeking that name each other',
    make: (length) => {
      const entry = (i: number) => element(0x4dbb, element(0x53ab, be(0x114d9b74)), element(0x53ac, be(200 + i)));
      return file([element(0x114d9b74, parts(length, entry))]);
    },
  },
  {
    name: 'Matroska: many heads of seeking',
    make: (length) => {
      const empty = element(0x114d9b74, filled(1000, element(0x4dbb)));
      const entry = (i: number) => element(0x4dbb, element(0x53ab, be(0x114d9b74)), element(0x53ac, be(300 + i)));
      return file([element(0x114d9b74, parts(2000, entry)), filled(length, empty)]);
    },
  },
  { name: 'Matroska: void elements', grows: true, make: (length) => file([filled(length, element(0xec))]) },
  { name: 'Matroska: unknown elements', make: (length) => file([filled(length, element(0x4f00))]) },
  { name: 'Matroska: clusters without blocks', make: (length) => file([filled(length, element(0x1f43b675))]) },
  {
    name: 'Matroska: laces without bytes',
    grows: true,
    make: (length) => file([cluster(filled(length, element(0xa3, be(0x81, 1), be(0, 2), be(0x84, 1), be(255, 1))))]),
  },
  {
    name: 'Matroska: additions of blocks',
    make: (length) =>
      file([
        cluster(
          element(
            0xa0,
            element(0x75a1, filled(length, element(0xa6))),
            element(0xa1, be(0x81, 1), be(0, 2), be(0, 1), Buffer.alloc(320)),
          ),
        ),
      ]),
  },
  {
    name: 'Matroska: blocks in falling order',
    make: (length) =>
      file([
        cluster(parts(length, (i) => element(0xa3, be(0x81, 1), be(0x7fff - (i % 0x7fff), 2), be(0x80, 1), be(0, 2)))),
      ]),
  },
  {
    name: 'Matroska: clusters in falling order',
    make: (length) =>
      file([
        join(
          parts(length, (i) =>
            element(
              0x1f43b675,
              element(0xe7, be(2 ** 31 - i)),
              element(0xa3, be(0x81, 1), be(0, 2), be(0x80, 1), be(0, 2)),
            ),
          ),
        ),
      ]),
  },
  {
    name: 'Matroska: blocks of tracks that are not there',
    make: (length) => file([cluster(filled(length, element(0xa3, be(0x85, 1), be(0, 3))))]),
  },
];
