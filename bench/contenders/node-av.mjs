/** FFmpeg's API in JavaScript: one call across the boundary per packet and frame; the decoder resamples by swr. */
import { join, versionOf } from './contender.mjs';

/** @type {import('./contender.mjs').Load} */
export async function load({ sync }) {
  const { Decoder, Demuxer } = await import('node-av/api');
  const { AV_CHANNEL_ORDER_NATIVE, AV_SAMPLE_FMT_FLT } = await import('node-av/constants');
  const resample = {
    sampleRate: 16_000,
    sampleFormat: AV_SAMPLE_FMT_FLT,
    channelLayout: { nbChannels: 1, order: AV_CHANNEL_ORDER_NATIVE, mask: 4n },
  };
  const version = versionOf('node-av');

  return sync ? { version, decode: decodeSync } : { version, decode };

  /** @param {Uint8Array} bytes */
  async function decode(bytes) {
    const demuxer = await Demuxer.open(asBuffer(bytes));
    try {
      const stream = audioStream(demuxer);
      const decoder = await Decoder.create(stream, { resample });
      /** @type {Buffer[]} */
      const chunks = [];
      for await (const frame of decoder.frames(demuxer.packets(stream.index))) take(frame, chunks);
      decoder.close();
      return join(chunks);
    } finally {
      await demuxer.close();
    }
  }

  /** The same with the calls that block the event loop. @param {Uint8Array} bytes */
  async function decodeSync(bytes) {
    const demuxer = Demuxer.openSync(asBuffer(bytes));
    try {
      const stream = audioStream(demuxer);
      const decoder = Decoder.createSync(stream, { resample });
      /** @type {Buffer[]} */
      const chunks = [];
      for (const frame of decoder.framesSync(demuxer.packetsSync(stream.index))) take(frame, chunks);
      decoder.close();
      return join(chunks);
    } finally {
      demuxer.closeSync();
    }
  }
}

/** @param {Uint8Array} bytes */
const asBuffer = (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** @param {any} demuxer */
function audioStream(demuxer) {
  const stream = demuxer.audio();
  if (!stream) throw new Error('no audio stream');
  return stream;
}

/** @param {any} frame the decoder yields null where it ends @param {Buffer[]} chunks */
function take(frame, chunks) {
  if (!frame) return;
  if (frame.nbSamples > 0) chunks.push(Buffer.from(frame.data[0].subarray(0, frame.nbSamples * 4)));
  frame.free();
}
