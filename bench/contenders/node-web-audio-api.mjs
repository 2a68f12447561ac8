/** Rust's Web Audio for Node: decodeAudioData resamples to the rate of its context. */
import { mean, versionOf } from './contender.mjs';

/** @type {import('./contender.mjs').Load} */
export async function load() {
  const { OfflineAudioContext } = await import('node-web-audio-api');
  return {
    version: versionOf('node-web-audio-api'),
    async decode(bytes) {
      const context = new OfflineAudioContext(1, 1, 16_000);
      const audio = await context.decodeAudioData(/** @type {ArrayBuffer} */ (bytes.buffer));
      return mean(Array.from({ length: audio.numberOfChannels }, (_, channel) => audio.getChannelData(channel)));
    },
  };
}
