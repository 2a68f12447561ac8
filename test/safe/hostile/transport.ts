import { be, filled, fixture, type HostileHeader, join } from './bytes.js';

/** MPEG-2 systems (ISO/IEC 13818-1): packets of 188 bytes, whose tables name programs and streams. */

const crcTable = Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc < 0 ? 0x04c11db7 : 0);
  return crc;
});

function section(table: number, id: number, number: number, content: Uint8Array): Buffer {
  const body = join(
    be(table, 1),
    be(0xb000 | (content.length + 9), 2),
    be(id, 2),
    be(0xc1, 1),
    be(number, 1),
    be(255, 1),
    content,
  );
  let crc = -1;
  for (const byte of body) crc = (crc << 8) ^ (crcTable[((crc >>> 24) ^ byte) & 255] as number);
  return join(body, be(crc >>> 0));
}

/** Packets that carry a section. */
function carried(pid: number, content: Buffer, counter: { value: number }): Buffer {
  const packets: Buffer[] = [];
  const rest = join(be(0, 1), content);
  for (let at = 0; at < rest.length; at += 184) {
    const part = rest.subarray(at, at + 184);
    const head = join(be(0x47, 1), be(pid | (at === 0 ? 0x4000 : 0), 2), be(0x10 | (counter.value++ & 15), 1));
    packets.push(join(head, part, Buffer.alloc(184 - part.length, 0xff)));
  }
  return join(packets);
}

const ts = fixture('ts-aac.ts');

function programs(size: number, pid: (index: number) => number): Buffer {
  const sections: Buffer[] = [];
  const counter = { value: 0 };
  let index = 0;
  for (let length = 0, number = 0; length < size; number++) {
    const entries = Buffer.concat(
      Array.from({ length: 250 }, () => join(be(++index & 0xffff, 2), be(0xe000 | pid(index), 2))),
    );
    const packets = carried(0, section(0, 1, number & 255, entries), counter);
    sections.push(packets);
    length += packets.length;
  }
  return join(sections);
}

/** Streams of one program: each with its packet, if asked for. */
function streams(count: number, packets: boolean): Buffer {
  const counter = { value: 0 };
  const tables: Buffer[] = [carried(0, section(0, 1, 0, join(be(1, 2), be(0xe000 | 32, 2))), counter)];
  for (let first = 0; first < count; first += 190) {
    const entries = Array.from({ length: Math.min(190, count - first) }, (_, i) =>
      join(be(0x0f, 1), be(0xe000 | (100 + first + i), 2), be(0xf000, 2)),
    );
    tables.push(carried(32, section(2, 1, 0, join(be(0xe064, 2), be(0xf000, 2), ...entries)), counter));
  }
  const starts = Array.from({ length: packets ? count : 0 }, (_, i) =>
    join(
      be(0x47, 1),
      be(0x4000 | (100 + i), 2),
      be(0x10, 1),
      be(0x1c0),
      be(0, 2),
      be(0x8000, 2),
      be(0, 1),
      Buffer.alloc(184 - 11, 0),
    ),
  );
  return join(tables, starts);
}

/** As many streams, each with the sound of the fixture. */
export function tsOfStreams(count: number): Buffer {
  const audio = 0x100;
  const packets: Buffer[] = [streams(count, false)];
  for (let at = 0; at < ts.length; at += 188) {
    if ((ts.readUInt16BE(at + 1) & 0x1fff) !== audio) continue;
    for (let i = 0; i < count; i++) {
      const copy = Buffer.from(ts.subarray(at, at + 188));
      copy.writeUInt16BE((copy.readUInt16BE(1) & 0xe000) | (100 + i), 1);
      packets.push(copy);
    }
  }
  return join(packets);
}

const file = fixture('ps-mp2.mpg');

export const transport: readonly HostileHeader[] = [
  {
    name: 'TS: programs of one table',
    make: (size) =>
      join(
        programs(size, () => 100),
        ts,
      ),
  },
  {
    name: 'TS: programs of tables of their own',
    make: (size) =>
      join(
        programs(size, (i) => 32 + (i % 8000)),
        ts,
      ),
  },
  { name: 'TS: 500 streams', make: () => join(streams(500, true), ts) },
  { name: 'TS: 8000 streams', make: () => join(streams(7800, true), ts) },
  { name: 'TS: null packets', make: (size) => join(filled(size, join(be(0x471fff10), Buffer.alloc(184))), ts) },
  { name: 'TS: packets without a sync', make: (size) => join(ts, filled(size, Buffer.from([0x47]))) },
  { name: 'PS: starts of packs', make: (size) => join(file, filled(size, be(0x1ba))) },
  {
    name: 'PS: empty packets of many streams',
    ofPackets: true,
    make: (size) =>
      join(
        file,
        Buffer.concat(
          Array.from({ length: size / 9 }, (_, i) => join(be(0x1c0 + (i % 32)), be(3, 2), be(0xffff0f, 3))),
        ),
      ),
  },
  {
    name: 'PS: private streams',
    make: (size) =>
      join(
        file,
        Buffer.concat(
          Array.from({ length: size / 10 }, (_, i) => join(be(0x1bd), be(4, 2), be(0x0f, 1), be(i % 256, 1), be(0, 2))),
        ),
      ),
  },
];
