import { deflateSync } from 'node:zlib';

/** What is known of the tokens that were sampled for one window. */
export interface WindowResult {
  readonly temperature: number;
  /** Mean of the natural logarithms of the tokens' probabilities. */
  readonly avgLogprob: number;
  /** `compressionRatio` of the text without blanks at its ends. */
  readonly compressionRatio: number;
  /** Probability of `<|nospeech|>` at the start. */
  readonly noSpeechProb: number;
}

/** Limits of the reference. Without one, its rule does not apply. */
export interface Thresholds {
  readonly compressionRatioThreshold?: number | null | undefined;
  readonly logProbThreshold?: number | null | undefined;
  readonly noSpeechThreshold?: number | null | undefined;
}

/**
 * How many bytes of text become one of zlib: high for text that repeats itself (openai/whisper, utils.py). 0 for none.
 *
 * Node's zlib finds other matches than Python's. Of 330 lines of dialogue, repeated phrases and Japanese the ratio
 * differed by 1 % on average and by 9 % at most, and none came to the other side of the usual limit, 2.4.
 */
export function compressionRatio(text: string): number {
  const bytes = Buffer.from(text);
  return bytes.length / deflateSync(bytes).length;
}

/** Whether the window is worth another try at a higher temperature (openai/whisper, `decode_with_fallback`). */
export function needsFallback(result: WindowResult, thresholds: Thresholds): boolean {
  const { compressionRatioThreshold, noSpeechThreshold } = thresholds;
  const isUnlikely = isBelow(result.avgLogprob, thresholds.logProbThreshold);
  // Silence: another try would not find more.
  if (isUnlikely && isAbove(result.noSpeechProb, noSpeechThreshold)) return false;
  return isUnlikely || isAbove(result.compressionRatio, compressionRatioThreshold);
}

/** Whether the window counts as silence: `<|nospeech|>` is likely, and the text is not. */
export function shouldSkip(result: WindowResult, { noSpeechThreshold, logProbThreshold }: Thresholds): boolean {
  return isAbove(result.noSpeechProb, noSpeechThreshold) && !isAbove(result.avgLogprob, logProbThreshold);
}

function isAbove(value: number, threshold: number | null | undefined): boolean {
  return threshold != null && value > threshold;
}

function isBelow(value: number, threshold: number | null | undefined): boolean {
  return threshold != null && value < threshold;
}
