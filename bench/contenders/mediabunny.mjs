/** Mediabunny with its server package: a Conversion to float WAV in memory, which it remixes and resamples. */
import { versionOf } from './contender.mjs';

/** @type {import('./contender.mjs').Load} */
export async function load() {
  const { ALL_FORMATS, BufferSource, BufferTarget, Conversion, Input, Output, WavOutputFormat } = await import(
    'mediabunny'
  );
  const { registerMediabunnyServer } = await import('@mediabunny/server');
  registerMediabunnyServer();
  return {
    version: `${versionOf('mediabunny')} + server ${versionOf('@mediabunny/server')}`,
    async decode(bytes) {
      const input = new Input({ source: new BufferSource(bytes), formats: ALL_FORMATS });
      const target = new BufferTarget();
      const output = new Output({ format: new WavOutputFormat(), target });
      const conversion = await Conversion.init({
        input,
        output,
        video: { discard: true },
        audio: { numberOfChannels: 1, sampleRate: 16_000, codec: 'pcm-f32', forceTranscode: true },
        showWarnings: false,
      });
      if (!conversion.isValid) {
        throw new Error(`refused: ${conversion.discardedTracks.map((track) => track.reason).join(', ') || 'no track'}`);
      }
      await conversion.execute();
      return samplesOfWav(/** @type {ArrayBuffer} */ (target.buffer));
    },
  };
}

/** @param {ArrayBuffer} wav @returns {Float32Array} */
function samplesOfWav(wav) {
  const view = new DataView(wav);
  for (let at = 12; at + 8 <= wav.byteLength; ) {
    const size = view.getUint32(at + 4, true);
    if (view.getUint32(at, false) === 0x64617461 /* data */) {
      const start = at + 8;
      return start % 4 === 0
        ? new Float32Array(wav, start, size >> 2)
        : new Float32Array(wav.slice(start, start + size));
    }
    at += 8 + size + (size % 2);
  }
  throw new Error('the WAV that it wrote has no data chunk');
}
