/** Samples of a frame, for which the model says one probability: 32 ms. */
export const frameSamples = 512;

const sampleRate = 16_000;

/** When frames are speech. Durations in seconds. */
export interface SpeechOptions {
  /** Speech begins with a frame of at least this probability. Default: 0.5. */
  readonly threshold?: number | undefined;
  /** It may end with a frame of less than this. Default: 0.15 less than `threshold`, and 0.01 at least. */
  readonly negativeThreshold?: number | undefined;
  /** Speech that is not longer is left out. Default: 0. */
  readonly minSpeech?: number | undefined;
  /** A silence that is shorter does not end it. Default: 2. */
  readonly minSilence?: number | undefined;
  /** What is kept on both sides of speech; neighbours share a silence that is shorter than twice that. Default: 0.4. */
  readonly pad?: number | undefined;
}

/** A part of the audio that has speech, in samples. */
export interface SpeechRegion {
  readonly start: number;
  readonly end: number;
}

/**
 * The parts of a recording that have speech, in order and without overlaps: `get_speech_timestamps` of Silero VAD, with
 * the defaults of faster-whisper.
 *
 * @param probabilities Of each frame of 512 samples.
 * @param samples The length of the recording, at 16 kHz.
 */
export function speechRegions(
  probabilities: Float32Array,
  samples: number,
  options: SpeechOptions = {},
): SpeechRegion[] {
  const { threshold = 0.5, minSpeech = 0, minSilence = 2, pad = 0.4 } = options;
  const { negativeThreshold = Math.max(threshold - 0.15, 0.01) } = options;
  // As NumPy compares a float32 with a number.
  const [speech, noSpeech] = [Math.fround(threshold), Math.fround(negativeThreshold)];
  const regions: { start: number; end: number }[] = [];
  const add = (start: number, end: number): void => {
    if (end - start > inSamples(minSpeech)) regions.push({ start, end });
  };
  let start: number | undefined;
  let silence: number | undefined;
  for (const [frame, probability] of probabilities.entries()) {
    const at = frame * frameSamples;
    if (probability >= speech) {
      start ??= at;
      silence = undefined;
    } else if (probability < noSpeech && start !== undefined) {
      silence ??= at;
      if (at - silence < inSamples(minSilence)) continue;
      add(start, silence);
      start = undefined;
      silence = undefined;
    }
  }
  if (start !== undefined) add(start, samples);
  widen(regions, samples, inSamples(pad));
  return regions;
}

function widen(regions: { start: number; end: number }[], samples: number, pad: number): void {
  const [first] = regions;
  if (first) first.start = Math.max(0, first.start - pad);
  for (const [i, region] of regions.entries()) {
    const next = regions[i + 1];
    const silence = next ? next.start - region.end : Number.POSITIVE_INFINITY;
    const share = silence < 2 * pad ? Math.floor(silence / 2) : pad;
    region.end = Math.min(samples, region.end + share);
    if (next) next.start = Math.max(0, next.start - share);
  }
}

function inSamples(seconds: number): number {
  return Math.round(seconds * sampleRate);
}
