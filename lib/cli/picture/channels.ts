import type { DecodedAudio } from '../../index.js';

/** One view per channel. */
export function channelsOf({ data, channels, frames }: DecodedAudio): Float32Array[] {
  return Array.from({ length: channels }, (_, i) => data.subarray(i * frames, (i + 1) * frames));
}

/** The average of all channels. */
export function meanOf(audio: DecodedAudio): Float32Array {
  if (audio.channels === 1) return audio.data;
  const mean = new Float32Array(audio.frames);
  for (const channel of channelsOf(audio)) {
    for (let i = 0; i < mean.length; i++) mean[i] = (mean[i] ?? 0) + (channel[i] ?? 0) / audio.channels;
  }
  return mean;
}
