import { ascii, element, float, number, text } from './ebml.js';

/**
 * A WebM of silence, as FFmpeg's muxer writes one with its bitexact flags: no unique id, no date, no
 * version in the names of the applications. Opus packets of 120 ms, a cluster every 4.8 s.
 */
export interface WebmOptions {
  readonly seconds: number;
  /** As a live recorder writes: sizes of segment and clusters unknown, no duration. */
  readonly live?: boolean;
  /** Codecs of further audio tracks, which hold no packets. */
  readonly others?: readonly string[];
}

const packetMilliseconds = 120;
const packetsPerCluster = 40;
// Table of contents: CELT, full band, 20 ms, mono, code 3; six frames of equal size, each of them silence.
const silence = [0xfb, 6, ...Array.from({ length: 6 }, () => [0xff, 0xfe]).flat()];

export function silentWebm({ seconds, live = false, others = [] }: WebmOptions): Uint8Array<ArrayBuffer> {
  const packets = Math.round((seconds * 1000) / packetMilliseconds);
  const clusters: number[][] = [];
  for (let first = 0; first < packets; first += packetsPerCluster) {
    const blocks: number[] = [];
    for (let i = 0; i < Math.min(packetsPerCluster, packets - first); i++) {
      const time = i * packetMilliseconds;
      blocks.push(...element(0xa3, [0x81, time >> 8, time & 0xff, 0x80, ...silence])); // SimpleBlock, track 1, key frame
    }
    clusters.push(element(0x1f43b675, [...number(0xe7, first * packetMilliseconds), ...blocks], live));
  }
  const info = element(0x1549a966, [
    ...number(0x2ad7b1, 1_000_000), // nanoseconds in a tick
    ...text(0x4d80, 'Lavf'),
    ...text(0x5741, 'Lavf'),
    ...(live ? [] : float(0x4489, packets * packetMilliseconds)),
  ]);
  const head = [...ascii('OpusHead'), 1, 1, 0x38, 0x01, 0x80, 0xbb, 0, 0, 0, 0, 0]; // mono, 312 frames to skip, 48 kHz
  const track = (index: number, codec: string, rest: readonly number[]): number[] =>
    element(0xae, [
      ...number(0xd7, index),
      ...number(0x73c5, index),
      ...number(0x83, 2), // audio
      ...text(0x86, codec),
      ...rest,
      ...element(0xe1, [...float(0xb5, 48_000), ...number(0x9f, 1)]),
    ]);
  const opus = [
    ...number(0x56aa, 6_500_000), // codec delay, ns
    ...number(0x56bb, 80_000_000), // seek pre-roll, ns
    ...element(0x63a2, head),
  ];
  const tracks = element(0x1654ae6b, [
    ...track(1, 'A_OPUS', opus),
    ...others.flatMap((codec, index) => track(index + 2, codec, [])),
  ]);
  const ebml = element(0x1a45dfa3, [
    ...number(0x4286, 1),
    ...number(0x42f7, 1),
    ...number(0x42f2, 4),
    ...number(0x42f3, 8),
    ...text(0x4282, 'webm'),
    ...number(0x4287, 4),
    ...number(0x4285, 2),
  ]);
  return Uint8Array.from([...ebml, ...element(0x18538067, [info, tracks, ...clusters].flat(), live)]);
}
