import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What encoded files hold, by the word of others: the `flac` command, and a reader of RIFF by its specification. */

/** Values in ±0.8, the same each time. */
export function noise(length: number, seed = 1): Float32Array<ArrayBuffer> {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state / 2 ** 32 - 0.5) * 1.6;
  });
}

/** Twenty million of them: half a second of work and more. */
export function longNoise(): Float32Array<ArrayBuffer> {
  const million = noise(1_000_000);
  const all = new Float32Array(20 * million.length);
  for (let at = 0; at < all.length; at += million.length) all.set(million, at);
  return all;
}

/** The nearest step of an integer format, halves to the even one; beyond its range the last. */
export function quantised(sample: number, bits: number): number {
  const half = 2 ** (bits - 1);
  const scaled = sample * half;
  const below = Math.floor(scaled);
  const rest = scaled - below;
  const up = rest > 0.5 || (rest === 0.5 && below % 2 !== 0);
  return Math.min(half - 1, Math.max(-half, up ? below + 1 : below));
}

/** Planar `[channels, frames]` → one sample per channel after the other. */
export function interleaved(data: Float32Array, channels: number): number[] {
  const frames = data.length / channels;
  return Array.from(
    { length: data.length },
    (_, i) => data[(i % channels) * frames + Math.floor(i / channels)] as number,
  );
}

export interface Wav {
  readonly id: string;
  readonly chunks: readonly string[];
  readonly float: boolean;
  readonly channels: number;
  readonly sampleRate: number;
  readonly bits: number;
  /** As stated: 0xFFFFFFFF when unknown. */
  readonly riffSize: number;
  readonly dataSize: number;
  /** Interleaved, as they are in the file. */
  readonly samples: readonly number[];
}

/** Microsoft's Multimedia Programming Interface 1.0, and WAVE_FORMAT_EXTENSIBLE. */
export function readWav(file: Uint8Array): Wav {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const id = bytes.toString('latin1', 0, 4);
  const chunks: string[] = [];
  let format: Buffer = Buffer.alloc(0);
  for (let at = 12; at < bytes.length; ) {
    const name = bytes.toString('latin1', at, at + 4);
    const size = bytes.readUInt32LE(at + 4);
    chunks.push(name);
    if (name === 'fmt ') format = bytes.subarray(at + 8, at + 8 + size);
    if (name === 'data') {
      const end = size === 0xffffffff ? bytes.length : at + 8 + size;
      if (end > bytes.length) throw new Error(`the data chunk ends at ${end}, the file at ${bytes.length}`);
      return {
        id,
        chunks,
        ...facts(format),
        riffSize: bytes.readUInt32LE(4),
        dataSize: size,
        samples: samplesOf(bytes.subarray(at + 8, end), format),
      };
    }
    at += 8 + size + (size % 2);
  }
  throw new Error('no data chunk');
}

function facts(format: Buffer) {
  const tag = format.readUInt16LE(0);
  const kind = tag === 0xfffe ? format.readUInt16LE(24) : tag;
  const channels = format.readUInt16LE(2);
  const sampleRate = format.readUInt32LE(4);
  const bits = format.readUInt16LE(14);
  const align = (channels * bits) / 8;
  if (format.readUInt16LE(12) !== align || format.readUInt32LE(8) !== align * sampleRate)
    throw new Error('fmt contradicts itself');
  if (kind !== 1 && kind !== 3) throw new Error(`format tag ${kind}`);
  return { float: kind === 3, channels, sampleRate, bits };
}

function samplesOf(data: Buffer, format: Buffer): number[] {
  const { float, bits } = facts(format);
  const width = bits / 8;
  return Array.from({ length: data.length / width }, (_, i) =>
    float ? data.readFloatLE(i * width) : data.readIntLE(i * width, width),
  );
}

/** Interleaved integers, as `flac` decodes them. It checks each block's sum, and the MD5 of all where there is one. */
export function readFlac(file: Uint8Array, bits: number): number[] {
  return withFile(file, (path) => {
    const raw = execFileSync(
      'flac',
      ['--decode', '--silent', '--stdout', '--force-raw-format', '--endian=little', '--sign=signed', path],
      { maxBuffer: 2 ** 28, stdio: 'pipe' },
    );
    const width = bits / 8;
    return Array.from({ length: raw.length / width }, (_, i) => raw.readIntLE(i * width, width));
  });
}

/** Fields of STREAMINFO, as `metaflac` reads them. */
export function streamInfo(file: Uint8Array) {
  return withFile(file, (path) => {
    const show = (...fields: string[]) => fields.map((field) => `--show-${field}`);
    const text = execFileSync(
      'metaflac',
      [...show('sample-rate', 'channels', 'bps', 'total-samples', 'md5sum'), path],
      { encoding: 'utf8' },
    );
    const [sampleRate, channels, bits, frames, md5] = text.trim().split('\n');
    return {
      sampleRate: Number(sampleRate),
      channels: Number(channels),
      bits: Number(bits),
      frames: Number(frames),
      md5,
    };
  });
}

function withFile<Result>(file: Uint8Array, read: (path: string) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), 'cochlea-encode-'));
  try {
    const path = join(folder, 'file.flac');
    writeFileSync(path, file);
    return read(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
