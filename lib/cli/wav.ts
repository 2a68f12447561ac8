import type { DecodedAudio } from '../index.js';
import { blockLength, littleEndianBlock } from './bytes.js';
import { OutputError } from './failure.js';

const formatIeeeFloat = 3; // WAVE_FORMAT_IEEE_FLOAT
const headerLength = 58;
/** RIFF sizes are 32 bits wide. */
const maxDataBytes = 2 ** 32 - 1 - headerLength;

/** Audio as a 32-bit float WAV file, channels interleaved. */
export function* wav(audio: DecodedAudio): Generator<Uint8Array> {
  if (audio.data.byteLength > maxDataBytes) {
    const message = `WAV files hold less than 4 GiB, and this is ${audio.data.byteLength} bytes.`;
    throw new OutputError(message, 'ERR_OUTPUT_TOO_LARGE', 'Write npy or f32, or choose a lower sample rate.');
  }
  yield wavHeader(audio);
  const framesPerBlock = Math.max(1, Math.floor(blockLength / audio.channels));
  for (let start = 0; start < audio.frames; start += framesPerBlock) {
    yield littleEndianBlock(interleave(audio, start, Math.min(start + framesPerBlock, audio.frames)));
  }
}

/** Formats other than integer PCM need an extension size in `fmt ` (0 here) and a `fact` chunk with the frame count. */
function wavHeader({ channels, frames, sampleRate }: DecodedAudio): Uint8Array {
  const bytesPerFrame = channels * 4;
  const dataBytes = frames * bytesPerFrame;
  const header = Buffer.alloc(headerLength);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(headerLength - 8 + dataBytes, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(18, 16);
  header.writeUInt16LE(formatIeeeFloat, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * bytesPerFrame, 28);
  header.writeUInt16LE(bytesPerFrame, 32);
  header.writeUInt16LE(32, 34);
  header.writeUInt16LE(0, 36);
  header.write('fact', 38, 'latin1');
  header.writeUInt32LE(4, 42);
  header.writeUInt32LE(frames, 46);
  header.write('data', 50, 'latin1');
  header.writeUInt32LE(dataBytes, 54);
  return header;
}

/** Planar `[channels, frames]` to frames of one sample per channel. */
function interleave({ data, channels, frames }: DecodedAudio, start: number, end: number): Float32Array {
  if (channels === 1) return data.subarray(start, end);
  const block = new Float32Array((end - start) * channels);
  for (let channel = 0; channel < channels; channel++) {
    const plane = data.subarray(channel * frames + start, channel * frames + end);
    for (let frame = 0; frame < plane.length; frame++) block[frame * channels + channel] = plane[frame] as number;
  }
  return block;
}
