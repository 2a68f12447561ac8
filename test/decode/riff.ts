/** RIFF files by hand: chunks in any order, with any header. */

export const bytesOf = (...parts: (Uint8Array | string | number[])[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))));

export const u16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
};

export const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

export interface Format {
  /** 1 PCM, 3 float, 0xfffe extensible. */
  readonly tag?: number;
  readonly channels?: number;
  readonly sampleRate?: number;
  /** Bytes of one sample of one channel. */
  readonly width?: number;
  readonly bits?: number;
  /** Of the extensible header. */
  readonly validBits?: number;
  readonly byteRate?: number;
}

/** The `fmt ` chunk. */
export function format(options: Format = {}): Buffer {
  const { tag = 1, channels = 1, sampleRate = 16_000, width = 2 } = options;
  const { bits = width * 8, validBits = bits, byteRate = sampleRate * channels * width } = options;
  const head = bytesOf(u16(tag), u16(channels), u32(sampleRate), u32(byteRate), u16(channels * width), u16(bits));
  if (tag !== 0xfffe) return chunk('fmt ', head);
  const pcm = [1, 0, 0, 0, 0, 0, 16, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];
  return chunk('fmt ', bytesOf(head, u16(22), u16(validBits), u32(channels === 2 ? 3 : 4), pcm));
}

export const chunk = (name: string, body: Uint8Array, size = body.length): Buffer =>
  bytesOf(name, u32(size), body, body.length % 2 === 1 ? [0] : []);

export function riff(...chunks: Uint8Array[]): Buffer {
  const body = bytesOf('WAVE', ...chunks);
  return bytesOf('RIFF', u32(body.length), body);
}

/** Whole numbers of `bits` bits with a sign, the same ones each time. */
export function integers(count: number, bits: number, seed = 1): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return state >> (32 - bits);
  });
}

/** Little-endian, in the upper bits of samples of `width` bytes. */
export function leftJustified(values: readonly number[], bits: number, width: number): Buffer {
  const bytes = Buffer.alloc(values.length * width);
  for (const [i, value] of values.entries()) bytes.writeIntLE(value * 2 ** (width * 8 - bits), i * width, width);
  return bytes;
}

export const floats = (values: readonly number[], bits: number): Float32Array =>
  Float32Array.from(values, (value) => value / 2 ** (bits - 1));
