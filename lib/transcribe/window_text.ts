import { stripBlanks } from './blanks.js';
import { compressionRatio, needsFallback, type WindowResult } from './decisions.js';
import type { TranscribeRequest } from './options.js';
import type { Prompt } from './prompt.js';
import type { Whisper, Window } from './whisper.js';

/** The text of a window, and how sure it is. */
export interface WindowText extends WindowResult {
  readonly tokens: readonly number[];
  /** The probability of each. */
  readonly probabilities: readonly number[];
}

/**
 * Decodes a window: at the first temperature and, while the text is too repetitive or too improbable, at the next one, as
 * `decode_with_fallback` of OpenAI's `whisper/transcribe.py`.
 */
export async function textOf(
  whisper: Whisper,
  window: Window,
  prompt: Prompt,
  { temperatures, thresholds, timestamps }: TranscribeRequest,
): Promise<WindowText> {
  const { descriptor, tokenizer } = whisper;
  let text: WindowText | undefined;
  for (const [seed, temperature] of temperatures.entries()) {
    const { tokens, logProbabilities, endLogProbability, noSpeechProbability } = await window.decode({
      prompt: prompt.tokens,
      start: prompt.start,
      maxTokens: Math.floor(descriptor.shape.positions / 2),
      timestamps: timestamps !== false,
      maxInitialTimestamp: descriptor.maxInitialTimestamp,
      temperature,
      seed,
    });
    const sum = logProbabilities.reduce((total, each) => total + each, endLogProbability);
    text = {
      tokens,
      probabilities: logProbabilities.map(Math.exp),
      temperature,
      avgLogprob: sum / (tokens.length + 1),
      compressionRatio: compressionRatio(stripBlanks(tokenizer.decode(tokens))),
      noSpeechProb: noSpeechProbability,
    };
    if (!needsFallback(text, thresholds)) break;
  }
  return text as WindowText;
}
