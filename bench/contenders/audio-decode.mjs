/** WebAssembly decoders, one per format, and libsamplerate (its default: the fastest sinc). */
import { mean, versionOf } from './contender.mjs';

/** @type {import('./contender.mjs').Load} */
export async function load() {
  const { default: decode } = await import('audio-decode');
  const { default: libsamplerate } = await import('@alexanderolsen/libsamplerate-js');
  return {
    version: `${versionOf('audio-decode')} + libsamplerate-js ${versionOf('@alexanderolsen/libsamplerate-js')}`,
    async decode(bytes) {
      const { channelData, sampleRate } = await decode(bytes);
      const mono = mean(channelData);
      if (sampleRate === 16_000) return mono;
      const resampler = await libsamplerate.create(1, sampleRate, 16_000);
      try {
        return resampler.simple(mono);
      } finally {
        resampler.destroy();
      }
    },
  };
}
