import { element, float, number, text } from '../safe/ebml.js';

const rate = 16_000;
const framesPerBlock = 400;
const millisecondsPerBlock = (framesPerBlock * 1000) / rate;

export interface PcmMatroska {
  /** Of a ContentEncodings element. */
  readonly encodings?: readonly number[];
  /** What becomes of the bytes of each block. */
  readonly pack?: (bytes: Uint8Array) => Uint8Array;
  /** Tracks stand behind the clusters; a SeekHead in front says where. */
  readonly tracksBehind?: boolean;
}

/** 16-bit mono PCM at 16 kHz. */
export function pcmMatroska(samples: Int16Array, options: PcmMatroska = {}): Uint8Array<ArrayBuffer> {
  const { encodings = [], pack = (bytes) => bytes, tracksBehind = false } = options;
  const blocks: number[] = [];
  for (let at = 0, i = 0; at < samples.length; at += framesPerBlock, i++) {
    const part = samples.slice(at, at + framesPerBlock);
    const time = i * millisecondsPerBlock;
    blocks.push(...element(0xa3, [0x81, time >> 8, time & 0xff, 0x80, ...pack(new Uint8Array(part.buffer))]));
  }
  const clusters = element(0x1f43b675, [...number(0xe7, 0), ...blocks]);
  const info = element(0x1549a966, [...number(0x2ad7b1, 1_000_000), ...text(0x4d80, 'test'), ...text(0x5741, 'test')]);
  const tracks = element(
    0x1654ae6b,
    element(0xae, [
      ...number(0xd7, 1),
      ...number(0x73c5, 1),
      ...number(0x83, 2), // audio
      ...text(0x86, 'A_PCM/INT/LIT'),
      ...element(0xe1, [...float(0xb5, rate), ...number(0x9f, 1), ...number(0x6264, 16)]),
      ...(encodings.length > 0 ? element(0x6d80, encodings) : []),
    ]),
  );
  const ebml = element(0x1a45dfa3, [...text(0x4282, 'matroska'), ...number(0x4287, 4), ...number(0x4285, 2)]);
  const behind = [seekTo(info.length + clusters.length), info, clusters, tracks];
  return Uint8Array.from([...ebml, ...element(0x18538067, (tracksBehind ? behind : [info, tracks, clusters]).flat())]);
}

/** A SeekHead for Tracks, that many bytes behind its own end. */
function seekTo(bytes: number): number[] {
  const seek = (position: number): number[] =>
    element(0x114d9b74, element(0x4dbb, [...element(0x53ab, [0x16, 0x54, 0xae, 0x6b]), ...number(0x53ac, position)]));
  const length = seek(bytes).length;
  // Its own length counts, and may take one byte more to write.
  return seek(bytes + seek(bytes + length).length);
}

const compressionOf = (algorithm: number): number[] => element(0x5034, number(0x4254, algorithm));

/** A ContentEncoding: frames compressed by zlib (0), bzip2 (1), LZO (2). */
export function compressed(algorithm: number): number[] {
  return element(0x6240, [...number(0x5032, 1), ...number(0x5033, 0), ...compressionOf(algorithm)]);
}

/** A ContentEncoding: frames encrypted by AES. */
export function encrypted(): number[] {
  const encryption = element(0x5035, [
    ...number(0x47e1, 5),
    ...element(
      0x47e2,
      Array.from({ length: 16 }, (_, i) => i),
    ),
  ]);
  return element(0x6240, [...number(0x5032, 1), ...number(0x5033, 1), ...encryption]);
}

/** A tone for such a file, and what comes out of it. */
export function tone(frames: number): { readonly pcm: Int16Array; readonly samples: Float32Array } {
  const pcm = Int16Array.from({ length: frames }, (_, i) => Math.round(8000 * Math.sin(i / 7)));
  return { pcm, samples: Float32Array.from(pcm, (sample) => sample / 32_768) };
}
