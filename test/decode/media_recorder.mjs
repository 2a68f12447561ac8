/** A WebM of FFmpeg → the pieces in which a browser's MediaRecorder hands out a recording. */

const IDS = { ebml: 0x1a45dfa3, segment: 0x18538067, info: 0x1549a966, tracks: 0x1654ae6b, cluster: 0x1f43b675 };
const SIMPLE_BLOCK = 0xa3;
const unknownSize = [0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];

/** The elements, and those within segment and clusters, one after another. @param {Uint8Array} bytes */
function* elements(bytes) {
  for (let at = 0; at < bytes.length; ) {
    const start = at;
    const id = number(bytes, at, false);
    const size = number(bytes, at + id.length, true);
    at += id.length + size.length;
    if (id.value === IDS.segment || id.value === IDS.cluster) continue;
    yield { id: id.value, whole: bytes.subarray(start, at + size.value), content: bytes.subarray(at, at + size.value) };
    at += size.value;
  }
}

/** A number of variable length; of a size, the bit that marks its length does not count. */
function number(bytes, at, isSize) {
  const length = Math.clz32(bytes[at]) - 23;
  let value = isSize ? bytes[at] & (0xff >> length) : bytes[at];
  for (let i = 1; i < length; i++) value = value * 256 + bytes[at + i];
  return { value, length };
}

/**
 * One segment and one cluster of unknown size; each piece of 100 ms ends with the last packet that is complete when it is
 * handed out.
 *
 * @param {Uint8Array} webm
 * @param {{packetSeconds: number, seconds: number}} lengths  of a packet, and of the recording
 */
export function mediaRecorderPieces(webm, { packetSeconds, seconds }) {
  const pieceSeconds = 0.1;
  const all = [...elements(webm)];
  const [ebml, info, tracks] = [IDS.ebml, IDS.info, IDS.tracks].map((id) => all.find((each) => each.id === id).whole);
  const packets = all.filter(({ id }) => id === SIMPLE_BLOCK).slice(0, Math.round(seconds / packetSeconds));
  const pieces = [];
  const open = [...ebml, 0x18, 0x53, 0x80, 0x67, ...unknownSize, ...info, ...tracks];
  let bytes = [...open, 0x1f, 0x43, 0xb6, 0x75, ...unknownSize, 0xe7, 0x81, 0];
  packets.forEach(({ content }, i) => {
    if ((i + 1) * packetSeconds > (pieces.length + 1) * pieceSeconds + 1e-9) {
      pieces.push({ bytes: Uint8Array.from(bytes), at: (pieces.length + 1) * pieceSeconds });
      bytes = [];
    }
    const milliseconds = Math.round(i * packetSeconds * 1000);
    const block = [0x81, milliseconds >> 8, milliseconds & 0xff, 0x80, ...content.subarray(4)];
    bytes.push(SIMPLE_BLOCK, 0x40 | (block.length >> 8), block.length & 0xff, ...block);
  });
  pieces.push({ bytes: Uint8Array.from(bytes), at: packets.length * packetSeconds });
  return pieces;
}
