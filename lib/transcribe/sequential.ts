import { shouldSkip } from './decisions.js';
import type { TranscribeRequest } from './options.js';
import { type Prompt, Prompts } from './prompt.js';
import { type CutWindow, clearEmpty, type SegmentDraft, segmentsOf } from './segments.js';
import type { Whisper, Window } from './whisper.js';
import { textOf, type WindowText } from './window_text.js';
import { addWordTimes, lastEnd, seekAfterWords } from './words/add.js';
import { alignWords } from './words/align.js';

/** Samples of a frame of 10 ms. */
export const samplesPerFrame = 160;
const framesPerWindow = 3000;

/** A part of the audio, in frames of 10 ms. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** The segments of a window, and the frame up to which the audio is done. */
export interface DoneWindow {
  readonly segments: readonly SegmentDraft[];
  readonly seek: number;
}

/**
 * Transcribes stretches of audio, window after window: each begins where the last finished segment ends. The loop of
 * OpenAI's `whisper/transcribe.py`.
 *
 * Unlike there, the features of a window are those of its own samples, with silence behind them, as transformers makes
 * them for clips of up to 30 s: the loudest moment of an hour does not decide how its other parts look.
 *
 * @param samples 16 kHz.
 */
export async function* sequential(
  whisper: Whisper,
  samples: Float32Array,
  stretches: readonly Stretch[],
  request: TranscribeRequest,
  language: string,
): AsyncGenerator<DoneWindow> {
  const prompts = new Prompts(whisper, request, language);
  const { signal, thresholds, conditionOnPreviousText, timestamps } = request;
  let previous: readonly number[] = prompts.encode(request.prompt);
  let lastSpeech = 0;
  for (const { start, end } of stretches) {
    let seek = start;
    while (seek < end) {
      const size = Math.min(framesPerWindow, end - seek);
      const prompt = prompts.after(previous);
      const part = samplesOf(samples, seek, size);
      const at = seek;
      const since = lastSpeech;
      const done = await whisper.window(part, signal, async (window) => {
        const text = await textOf(whisper, window, prompt, request);
        if (shouldSkip(text, thresholds)) return { segments: [], seek: at + size, text };
        const cut = segmentsOf({ ...text, seek: at, segmentFrames: size }, whisper.tokenizer);
        if (timestamps !== 'word') return { ...cut, text };
        const place = { at, size, since, language };
        return { segments: cut.segments, seek: await addWords(whisper, window, prompt, text, cut, place), text };
      });
      if (done.segments.length > 0) {
        lastSpeech = lastEnd(done.segments) ?? lastSpeech;
        clearEmpty(done.segments);
        const said = done.segments.flatMap(({ tokens }) => tokens);
        const keep = conditionOnPreviousText && done.text.temperature <= 0.5;
        previous = keep ? [...previous, ...said].slice(-whisper.descriptor.shape.positions) : [];
      }
      seek = Math.min(done.seek, end);
      yield { segments: done.segments.filter(({ text }) => text !== ''), seek };
    }
  }
}

/** The samples of a window. The last frame of the audio may be longer than the others: what is left is in it. */
function samplesOf(samples: Float32Array, seek: number, size: number): Float32Array {
  const last = (seek + size + 1) * samplesPerFrame > samples.length;
  const end = last
    ? Math.min(samples.length, (seek + framesPerWindow) * samplesPerFrame)
    : (seek + size) * samplesPerFrame;
  return samples.slice(seek * samplesPerFrame, end);
}

interface Place {
  /** Where the window begins, in frames. */
  readonly at: number;
  /** Its frames. */
  readonly size: number;
  /** When the last word before it ended, in seconds. */
  readonly since: number;
  readonly language: string;
}

/** Gives the segments of a window their words. Where the next window begins. */
async function addWords(
  whisper: Whisper,
  window: Window,
  prompt: Prompt,
  text: WindowText,
  cut: CutWindow,
  { at, size, since, language }: Place,
): Promise<number> {
  const { tokenizer, prompts } = whisper;
  const count = cut.segments.reduce((total, { tokens }) => total + tokens.length, 0);
  const isText = text.tokens.slice(0, count).map((token) => token < tokenizer.endOfText);
  const textTokens = text.tokens.filter((_, i) => isText[i]);
  const tokens = [...prompt.startSequence, prompts.noTimestamps, ...textTokens, tokenizer.endOfText];
  const path = await window.align({ tokens, startLength: prompt.startSequence.length, segmentFrames: size });
  const probabilities = text.probabilities.filter((_, i) => isText[i]);
  const words = alignWords({ path, textTokens, probabilities, language }, tokenizer);
  addWordTimes(cut.segments, words, tokenizer.endOfText, since);
  return seekAfterWords(cut, at);
}
