// Ten minutes of dialogue and the hard cases, with real weights, beside what faster-whisper makes of them with the same
// model and precision: tools/interop/transcribe/faster_whisper_answers.py.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Transcriber, type Transcription } from '../../../dist/transcribe/index.js';
import { wordDifferences, wordErrorRate, wordsOf } from '../../openai/word_errors.js';
import { slowness } from '../../safe/outcome.js';
import { answers, cache, clip, isPrepared, modelFolder, models } from './cache.js';

interface Timed {
  readonly word: string;
  readonly start: number;
}

interface Answer {
  readonly name: string;
  readonly precision: 'float32' | 'int8';
  readonly vad: boolean;
  readonly text: string;
  readonly words: readonly Timed[];
}

interface Clip {
  readonly name: string;
  readonly kind: 'clip' | 'hard' | 'dialogue';
  readonly text: string;
}

const timeout = 1_200_000 * slowness;
const precisions = [
  ['fp32', 'float32'],
  ['int8', 'int8'],
] as const;
const clips: readonly Clip[] = isPrepared ? JSON.parse(readFileSync(join(cache, 'clips', 'clips.json'), 'utf8')) : [];
const spoken = clips
  .filter(({ kind, name, text }) => kind === 'hard' && text !== '' && name !== 'repeated')
  .map(({ name }) => name);
const silent = clips.filter(({ text }) => text === '').map(({ name }) => name);
const said = (name: string): string => clips.find((each) => each.name === name)?.text ?? '';

describe.skipIf(!isPrepared).each(models.flatMap((model) => precisions.map((names) => [model, ...names] as const)))(
  'Whisper %s in %s',
  { timeout },
  (model, precision, theirs) => {
    let transcriber: Transcriber;
    let others: readonly Answer[];
    beforeAll(async () => {
      others = answers<{ readonly clips: readonly Answer[] }>(`faster-whisper-${model}`).clips;
      transcriber = await Transcriber.load(modelFolder(model), { precision, provider: 'cpu' });
    }, timeout);
    afterAll(() => transcriber.close());

    const other = (name: string): Answer =>
      others.find((each) => each.name === name && each.precision === theirs && each.vad) as Answer;
    const transcribed = (name: string): Promise<Transcription> =>
      transcriber.transcribe(clip(name), { language: 'en', vad: true, timestamps: 'word' });

    test('hears the dialogue as well as faster-whisper, and when each word begins', async () => {
      const { text, words = [] } = await transcribed('dialogue');
      const rates = {
        ours: wordErrorRate(said('dialogue'), text),
        theirs: wordErrorRate(said('dialogue'), other('dialogue').text),
      };
      const apart = startsApart(words, other('dialogue').words).sort((a, b) => a - b);
      const median = apart[Math.floor(apart.length / 2)] as number;
      console.log(`${model} ${precision}:`, {
        ...rates,
        words: apart.length,
        median,
        p95: apart[Math.floor(apart.length * 0.95)],
      });
      expect(rates.ours).toBeLessThanOrEqual(rates.theirs + 0.005);
      expect(apart.length).toBeGreaterThan(1500);
      expect(median).toBeLessThanOrEqual(0.1);
    });

    const compared = async (name: string) => {
      const ours = wrongIn(said(name), (await transcribed(name)).text);
      const theirs = wrongIn(said(name), other(name).text);
      console.log(`${model} ${precision}, ${name}:`, ours, theirs);
      return { ours, theirs };
    };

    test.each(spoken)('loses no word of %s that faster-whisper has, and invents none', async (name) => {
      const { ours, theirs } = await compared(name);
      expect(ours.lost).toBeLessThanOrEqual(theirs.lost);
      expect(ours.added).toBeLessThanOrEqual(theirs.added);
    });

    // One word, twenty times: faster-whisper loses none of them, and repeats it for ever.
    test('is wrong in no more words than faster-whisper where one is repeated', async () => {
      const { ours, theirs } = await compared('repeated');
      expect(ours.lost + ours.added).toBeLessThanOrEqual(theirs.lost + theirs.added);
    });

    test.each(silent)('hears nothing in %s, where faster-whisper hears nothing', async (name) => {
      const { text } = await transcribed(name);
      console.log(`${model} ${precision}, ${name}:`, { text, theirs: other(name).text });
      if (other(name).text === '') expect(text).toBe('');
      else expect(wordsOf(text).length).toBeLessThanOrEqual(wordsOf(other(name).text).length);
    });
  },
);

/** Words that are missing, and that are too many. One that is heard as another is neither. */
function wrongIn(expected: string, text: string): { lost: number; added: number } {
  const differences = wordDifferences(wordsOf(expected), wordsOf(text));
  return {
    lost: differences.filter(({ found }) => found === undefined).length,
    added: differences.filter(({ expected }) => expected === undefined).length,
  };
}

/** How far apart two transcripts begin the words that both have, in seconds. */
function startsApart(ours: readonly Timed[], theirs: readonly Timed[]): number[] {
  const bare = (words: readonly Timed[]) =>
    words.flatMap(({ word, start }) => wordsOf(word).map((each) => ({ word: each, start })));
  const [mine, others] = [bare(ours), bare(theirs)];
  const differing = wordDifferences(
    others.map(({ word }) => word),
    mine.map(({ word }) => word),
  );
  const apart: number[] = [];
  let [next, at] = [0, 0];
  for (const { at: place, expected, found } of [...differing, { at: others.length, expected: '', found: '' }]) {
    // Up to the next difference the words are the same.
    for (; at < place; at++, next++) {
      apart.push(Math.abs((mine[next] as Timed).start - (others[at] as Timed).start));
    }
    if (expected !== undefined) at++;
    if (found !== undefined) next++;
  }
  return apart;
}
