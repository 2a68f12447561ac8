/** FLAC by hand (RFC 9639): frames that store their samples as they are, of any size and width. */

import { bytesOf } from './riff.js';

export interface FlacFrame {
  /** Whole numbers of `bits` bits, one array for each channel, all of the same length. */
  readonly samples: readonly (readonly number[])[];
  /** 8, 16 or 24. */
  readonly bits: number;
}

export interface StreamInfo {
  readonly sampleRate?: number;
  /** What STREAMINFO says; default: the truth. */
  readonly maxBlock?: number;
  readonly minBlock?: number;
  readonly totalSamples?: number;
}

const lengthOf = (frame: FlacFrame): number => frame.samples[0]?.length ?? 0;

/** A stream of frames with a fixed number of samples, but for the last one. */
export function flacOf(frames: readonly FlacFrame[], info: StreamInfo = {}): Buffer {
  const block = Math.max(...frames.map(lengthOf));
  const total = frames.reduce((sum, frame) => sum + lengthOf(frame), 0);
  const { sampleRate = 16_000, maxBlock = block, minBlock = block, totalSamples = total } = info;
  const head = Buffer.alloc(34);
  head.writeUInt16BE(minBlock, 0);
  head.writeUInt16BE(maxBlock, 2);
  const { bits = 16, samples = [] } = frames[0] ?? {};
  // 20 bits of rate, 3 of channels, 5 of bits, 36 of samples.
  head.writeBigUInt64BE(
    (BigInt(sampleRate) << 44n) |
      (BigInt(samples.length - 1) << 41n) |
      (BigInt(bits - 1) << 36n) |
      BigInt(totalSamples),
    10,
  );
  return bytesOf('fLaC', [0x80, 0, 0, 34], head, ...frames.map(frameBytes));
}

/** Where the frames begin in what flacOf() makes. */
export const framesStart = 42;

function frameBytes({ samples, bits }: FlacFrame, index: number): Buffer {
  const count = samples[0]?.length ?? 0;
  const width = bits / 8;
  const code = { 8: 1, 16: 4, 24: 6 }[bits] ?? 0;
  const number = index < 0x80 ? [index] : [0xc0 | (index >> 6), 0x80 | (index & 63)];
  const head = Buffer.from([
    0xff,
    0xf8,
    0x70,
    ((samples.length - 1) << 4) | (code << 1),
    ...number,
    (count - 1) >> 8,
    (count - 1) & 255,
  ]);
  const subframes = samples.map((channel) => {
    const stored = Buffer.alloc(1 + channel.length * width);
    stored[0] = 2; // VERBATIM
    for (const [i, value] of channel.entries()) stored.writeIntBE(value, 1 + i * width, width);
    return stored;
  });
  const body = bytesOf(head, [crc(head, 8, 0x07)], ...subframes);
  const check = crc(body, 16, 0x8005);
  return bytesOf(body, [check >> 8, check & 255]);
}

function crc(bytes: Uint8Array, width: 8 | 16, polynomial: number): number {
  const table = Array.from({ length: 256 }, (_, byte) => {
    let remainder = byte << (width - 8);
    for (let bit = 0; bit < 8; bit++)
      remainder = remainder & (1 << (width - 1)) ? (remainder << 1) ^ polynomial : remainder << 1;
    return remainder & (2 ** width - 1);
  });
  let remainder = 0;
  for (const byte of bytes) {
    remainder = ((remainder << 8) ^ (table[(remainder >> (width - 8)) ^ byte] ?? 0)) & (2 ** width - 1);
  }
  return remainder;
}
