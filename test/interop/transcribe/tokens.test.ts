// The tokens that the decoder chooses, with real weights, against transformers' greedy `generate` and CTranslate2's, both
// in float32 and from the same features: tools/interop/transcribe/answers.py.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decode } from '../../../dist/index.js';
import { Whisper } from '../../../dist/transcribe/whisper.js';
import { slowness } from '../../safe/outcome.js';
import { answers, clip, isPrepared, modelFolder, models } from './cache.js';

interface Answer {
  readonly name: string;
  readonly timestamps: boolean;
  readonly prompt: readonly number[];
  readonly transformers: readonly number[];
  readonly ctranslate2: readonly number[];
}

const timeout = 600_000 * slowness;

describe.skipIf(!isPrepared).each(models)('Whisper %s chooses', { timeout }, (model) => {
  let whisper: Whisper;
  beforeAll(async () => {
    whisper = await Whisper.load(modelFolder(model), { precision: 'fp32', provider: 'cpu' });
  }, timeout);
  afterAll(() => whisper.close());

  test.each([false, true])('the tokens of transformers or CTranslate2, timestamps: %s', async (timestamps) => {
    const wanted = answers<{ readonly clips: readonly Answer[] }>(model).clips.filter(
      (answer) => answer.timestamps === timestamps,
    );
    expect(wanted.length).toBeGreaterThanOrEqual(20);
    const differing: unknown[] = [];
    for (const { name, prompt, transformers, ctranslate2 } of wanted) {
      const { tokens } = await textOf(whisper, name, prompt, timestamps);
      const same = (other: readonly number[]): boolean => other.join() === tokens.join();
      if (same(transformers) && same(ctranslate2)) continue;
      differing.push({ name, transformers: same(transformers), ctranslate2: same(ctranslate2) });
      // Where the two differ from each other, two logits are nearly equal, or one of them stops earlier.
      expect.soft(same(transformers) || same(ctranslate2), `${name}: ${whisper.tokenizer.decode(tokens)}`).toBe(true);
    }
    console.log(`${model}, timestamps ${timestamps}: ${wanted.length} clips, not equal to both:`, differing);
  });
});

async function textOf(whisper: Whisper, name: string, prompt: readonly number[], timestamps: boolean) {
  const audio = await decode(clip(name), { sampleRate: 16_000, channels: 1 });
  return await whisper.window(audio.data, undefined, (window) =>
    window.decode({
      prompt,
      start: 0,
      maxTokens: 448,
      timestamps,
      maxInitialTimestamp: whisper.descriptor.maxInitialTimestamp,
      temperature: 0,
      seed: 0,
    }),
  );
}
