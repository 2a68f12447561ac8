import { ascii, be, filled, fixture, type HostileHeader, join, le } from './bytes.js';

/** Formats of one codec, whose heads hold a table or blocks of their own. */

/** Monkey's Audio 3.99: descriptor, header, table of frames. */
function ape(frames: number, table: Uint8Array): Buffer {
  const descriptor = join(
    ascii('MAC '),
    le(3990, 2),
    le(0, 2),
    le(52),
    le(24),
    le(table.length),
    le(0),
    le(1000),
    le(0),
    le(0),
    Buffer.alloc(16),
  );
  const header = join(le(2000, 2), le(0, 2), le(73_728 * 4), le(1000), le(frames), le(16, 2), le(1, 2), le(44_100));
  return join(descriptor, header, table, Buffer.alloc(1000));
}

const tta = (size: number): Buffer =>
  join(
    ascii('TTA1'),
    le(1, 2),
    le(1, 2),
    le(16, 2),
    le(8000),
    le(Math.floor(size / 4) * 8359),
    Buffer.alloc(4),
    filled(size, le(0)),
    Buffer.alloc(1000),
  );

const mpc8 = fixture('musepack-sv8.mpc');
const wavpack = fixture('wavpack-16.wv');

export const tables: readonly HostileHeader[] = [
  { name: "Monkey's Audio: frames of no size", make: (size) => ape(Math.floor(size / 4), Buffer.alloc(size)) },
  { name: "Monkey's Audio: a table that is not there", make: () => ape(40_000_000, Buffer.alloc(0)) },
  { name: 'True Audio: frames of no size', make: tta },
  {
    name: 'Musepack: chunks',
    make: (size) => join(mpc8.subarray(0, 4), filled(size, join(ascii('XX'), be(3, 1))), mpc8.subarray(4)),
  },
  {
    name: 'Musepack: tables of seeking',
    make: (size) => join(mpc8.subarray(0, 4), filled(size, join(ascii('SO'), be(4, 1), be(3, 1))), mpc8.subarray(4)),
  },
  { name: 'WavPack: starts of blocks', make: (size) => join(wavpack, filled(size, wavpack.subarray(0, 32))) },
  {
    name: 'AU: a text',
    make: (size) =>
      join(
        ascii('.snd'),
        be(24 + size),
        be(16_000),
        be(1),
        be(8000),
        be(1),
        filled(size, ascii('a=b\n')),
        Buffer.alloc(16_000, 0xd5),
      ),
  },
  { name: 'AC-3: syncs', make: (size) => join(fixture('ac3.ac3'), filled(size, Buffer.from([0x0b, 0x77]))) },
  { name: 'DTS: syncs', make: (size) => join(fixture('dts.dts'), filled(size, be(0x7ffe8001))) },
];
