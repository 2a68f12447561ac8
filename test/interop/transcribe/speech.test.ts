// What becomes of ten minutes of dialogue, of silence, music and noise, and of speech at the edges of windows, with real
// weights, beside faster-whisper with the same model and precision: tools/interop/transcribe/faster_whisper_answers.py.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Transcriber, type Transcription } from '../../../dist/transcribe/index.js';
import { wordErrorRate } from '../../openai/word_errors.js';
import { slowness } from '../../safe/outcome.js';
import { answers, clip, isPrepared, modelFolder, models } from './cache.js';

interface Word {
  readonly word: string;
  readonly start: number;
}

interface Answer {
  readonly name: string;
  readonly precision: 'int8' | 'float32';
  readonly vad: boolean;
  readonly text: string;
  readonly words: readonly Word[];
}

const timeout = 1_200_000 * slowness;
const clips = isPrepared
  ? (JSON.parse(readFileSync(clip('clips').replace('.wav', '.json'), 'utf8')) as { name: string; text: string }[])
  : [];
const spoken = (name: string): string => clips.find((each) => each.name === name)?.text ?? '';

describe
  .skipIf(!isPrepared)
  .each(models.flatMap((model) => (['int8', 'fp32'] as const).map((precision) => ({ model, precision }))))(
  'Whisper $model in $precision',
  { timeout },
  ({ model, precision }) => {
    let transcriber: Transcriber;
    const theirs = (name: string, vad: boolean): Answer => {
      const wanted = precision === 'int8' ? 'int8' : 'float32';
      const found = answers<{ readonly clips: readonly Answer[] }>(`faster-whisper-${model}`).clips.find(
        (answer) => answer.name === name && answer.vad === vad && answer.precision === wanted,
      );
      if (found === undefined) throw new Error(`there is no answer for ${name}`);
      return found;
    };
    const ours = (name: string, vad: boolean): Promise<Transcription> =>
      transcriber.transcribe(clip(name), { language: 'en', timestamps: 'word', vad });

    beforeAll(async () => {
      transcriber = await Transcriber.load(modelFolder(model), { precision, provider: 'cpu' });
    }, timeout);
    afterAll(() => transcriber.close());

    test('hears the dialogue as well, and says when words begin', async () => {
      const { text, words = [] } = await ours('dialogue', false);
      const answer = theirs('dialogue', false);
      const rate = (made: string): number => wordErrorRate(spoken('dialogue'), made);
      const differences = differencesOf(words, answer.words);
      const median = differences[differences.length >> 1] as number;
      console.log(
        `${model} ${precision}: word error rate ${rate(text).toFixed(4)}, faster-whisper ${rate(answer.text).toFixed(4)}; ` +
          `starts of ${differences.length} words: median ${median.toFixed(3)} s apart, ` +
          `99 % within ${differences[Math.floor(differences.length * 0.99)]?.toFixed(3)} s, at most ${differences.at(-1)?.toFixed(3)}`,
      );
      expect.soft(rate(text)).toBeLessThanOrEqual(rate(answer.text) + 0.005);
      expect.soft(median).toBeLessThanOrEqual(0.1);
    });

    test.each(['silence', 'music', 'white-noise', 'pink-noise'])('invents no text for %s', async (name) => {
      const { text } = await ours(name, true);
      console.log(`${model} ${precision} ${name}: ours '${text.trim()}', faster-whisper '${theirs(name, true).text}'`);
      if (theirs(name, true).text === '') expect(text).toBe('');
    });

    test.each(['three-words', 'repeated', 'speech-29.9', 'speech-30.0', 'speech-30.1', 'across-30'])(
      'loses no word of %s',
      async (name) => {
        const { text } = await ours(name, true);
        const words = spoken(name).split(' ').length;
        const errors = (made: string): number => Math.round(wordErrorRate(spoken(name), made) * words);
        const [made, given] = [errors(text), errors(theirs(name, true).text)];
        console.log(
          `${model} ${precision} ${name}: word errors ${made}, faster-whisper ${given}: ${text.slice(0, 200)}`,
        );
        // One more than theirs: a word at the end of what is repeated.
        expect(made).toBeLessThanOrEqual(given + 1);
      },
    );
  },
);

/** How far the starts of equal words are apart, in the order of size. Words are paired in their order. */
function differencesOf(made: readonly Word[], given: readonly Word[]): number[] {
  const plain = ({ word }: Word): string => word.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
  const differences: number[] = [];
  let next = 0;
  for (const word of made) {
    const found = given.slice(next, next + 6).findIndex((each) => plain(each) === plain(word));
    if (found < 0) continue;
    differences.push(Math.abs((given[next + found] as Word).start - word.start));
    next += found + 1;
  }
  return differences.sort((a, b) => a - b);
}
