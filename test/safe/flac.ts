/**
 * The smallest FLAC writer there is (RFC 9639): each frame holds one value per channel, as a CONSTANT
 * subframe of a few bytes that stands for up to 65535 samples. That is how an hour of sound fits into
 * some kilobytes, and how a small upload becomes gigabytes of float.
 */

export interface FlacHeader {
  /** Hz, up to 1048575: 20 bits. */
  readonly sampleRate?: number;
  /** 1 to 8. */
  readonly channels?: number;
  /** Frames of samples that STREAMINFO states; default: the truth. At most 2^36 - 1. */
  readonly statedSamples?: number;
  /** Value of every sample, 16 bits. */
  readonly value?: number;
}

const blockSize = 65_535;

export function constantFlac(samples: number, header: FlacHeader = {}): Uint8Array<ArrayBuffer> {
  const { sampleRate = 16_000, channels = 1, statedSamples = samples, value = 0 } = header;
  const parts: number[] = [0x66, 0x4c, 0x61, 0x43]; // fLaC
  const info = new Bits();
  info.put(1, 1).put(0, 7).put(34, 24); // last metadata block, STREAMINFO, its length
  info.put(blockSize, 16).put(blockSize, 16).put(0, 24).put(0, 24);
  info
    .put(sampleRate, 20)
    .put(channels - 1, 3)
    .put(16 - 1, 5);
  info.put(Math.floor(statedSamples / 2 ** 18), 18).put(statedSamples % 2 ** 18, 18);
  for (let i = 0; i < 16; i++) info.put(0, 8); // MD5: unknown
  parts.push(...info.bytes);
  for (let index = 0, left = samples; left > 0; index++, left -= blockSize) {
    for (const byte of frame(index, Math.min(left, blockSize), channels, value)) parts.push(byte);
  }
  return Uint8Array.from(parts);
}

function frame(index: number, samples: number, channels: number, value: number): number[] {
  const bits = new Bits();
  bits.put(0b11111111111110, 14).put(0, 1).put(0, 1); // sync, reserved, fixed block size
  bits.put(0b0111, 4).put(0, 4); // 16 bits of block size follow; rate as in STREAMINFO
  bits
    .put(channels - 1, 4)
    .put(0b100, 3)
    .put(0, 1); // independent channels, 16 bits per sample
  for (const byte of utf8(index)) bits.put(byte, 8);
  bits.put(samples - 1, 16);
  bits.put(crc(bits.bytes, 8, 0x07), 8);
  for (let c = 0; c < channels; c++) bits.put(0, 8).put(value & 0xffff, 16); // CONSTANT, no wasted bits
  bits.put(crc(bits.bytes, 16, 0x8005), 16);
  return bits.bytes;
}

class Bits {
  readonly bytes: number[] = [];
  #used = 8;

  put(value: number, count: number): this {
    for (let bit = count - 1; bit >= 0; bit--) {
      if (this.#used === 8) {
        this.bytes.push(0);
        this.#used = 0;
      }
      const last = this.bytes.length - 1;
      this.bytes[last] = (this.bytes[last] ?? 0) | (((value >>> bit) & 1) << (7 - this.#used));
      this.#used++;
    }
    return this;
  }
}

/** FLAC numbers its frames as UTF-8 would write a code point. */
function utf8(index: number): number[] {
  if (index < 0x80) return [index];
  if (index < 0x800) return [0xc0 | (index >> 6), 0x80 | (index & 63)];
  if (index < 0x1_0000) return [0xe0 | (index >> 12), 0x80 | ((index >> 6) & 63), 0x80 | (index & 63)];
  return [0xf0 | (index >> 18), 0x80 | ((index >> 12) & 63), 0x80 | ((index >> 6) & 63), 0x80 | (index & 63)];
}

function crc(bytes: readonly number[], width: number, polynomial: number): number {
  const top = 1 << (width - 1);
  const mask = 2 ** width - 1;
  let remainder = 0;
  for (const byte of bytes) {
    remainder ^= byte << (width - 8);
    for (let bit = 0; bit < 8; bit++) {
      remainder = (remainder & top ? (remainder << 1) ^ polynomial : remainder << 1) & mask;
    }
  }
  return remainder;
}
