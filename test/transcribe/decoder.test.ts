// A small Whisper of random weights, against transformers' `generate` with PyTorch in float64:
// tools/export/make_transcribe_fixtures.py. Random weights meet every rule of timestamps.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DecodeResult } from '../../dist/transcribe/thread/messages.js';
import { Whisper, type Window } from '../../dist/transcribe/whisper.js';
import { fixture, type Recipe, signal } from '../features/signals.js';

interface Case {
  readonly clip: number;
  readonly language: string | null;
  readonly timestamps: boolean;
  readonly prefix: readonly number[];
  readonly tokens: readonly number[];
  readonly logprob: number;
  readonly margin: number | null;
}

interface Goldens {
  readonly mostTokens: number;
  readonly clips: readonly Recipe[];
  readonly windows: readonly { readonly languages: Readonly<Record<string, number>>; readonly noSpeech: number }[];
  readonly cases: readonly Case[];
}

const folder = fixture('transcribe/small');
const goldens = JSON.parse(readFileSync(`${folder}/goldens.json`, 'utf8')) as Goldens;
let whisper: Whisper;

beforeAll(async () => {
  whisper = await Whisper.load(folder, { precision: 'fp32', provider: 'cpu', maxBatch: 4 });
});
afterAll(() => whisper.close());

async function inWindow<Result>(clip: number, work: (window: Window) => Promise<Result>): Promise<Result> {
  return await whisper.window(await signal(goldens.clips[clip] as Recipe), undefined, work);
}

function decoded({ clip, prefix, timestamps }: Case): Promise<DecodeResult> {
  return inWindow(clip, (window) => window.decode(request(prefix, timestamps)));
}

function request(prompt: readonly number[], timestamps: boolean) {
  const { descriptor, prompts } = whisper;
  const { maxInitialTimestamp } = descriptor;
  const start = prompt.indexOf(prompts.start);
  return { prompt, start, timestamps, maxInitialTimestamp, maxTokens: goldens.mostTokens, temperature: 0, seed: 0 };
}

/** The end counts as a token there. */
function check({ tokens, logProbabilities, endLogProbability }: DecodeResult, wanted: Case): void {
  const ended = wanted.tokens.at(-1) === whisper.tokenizer.endOfText;
  expect(tokens).toEqual(ended ? wanted.tokens.slice(0, -1) : wanted.tokens);
  const sum = logProbabilities.reduce((total, each) => total + each, endLogProbability);
  // Float32 against float64: some 1e-4 for a token whose margin is 0.02.
  expect(Math.abs(sum - wanted.logprob)).toBeLessThan(2e-3 * wanted.tokens.length);
}

describe('a window alone', () => {
  test.each(goldens.cases.map((each, i) => [i, each] as const))(
    'case %i: the tokens of transformers',
    async (_, wanted) => {
      check(await decoded(wanted), wanted);
    },
  );

  test.each(goldens.windows.map((each, i) => [i, each] as const))('clip %i: its language', async (clip, wanted) => {
    const codes = Object.keys(wanted.languages);
    const { tokenizer, prompts } = whisper;
    const tokens = codes.map((code) => tokenizer.languages.get(code) as number);
    const odds = await inWindow(clip, (window) => window.languages(prompts.start, tokens));
    for (const [i, code] of codes.entries()) expect(odds[i]).toBeCloseTo(wanted.languages[code] as number, 5);
  });

  test.each(goldens.windows.map((each, i) => [i, each] as const))(
    'clip %i: whether nobody speaks',
    async (clip, wanted) => {
      const { noSpeechProbability } = await inWindow(clip, (window) =>
        window.decode({ ...request([whisper.prompts.start], true), maxTokens: 1 }),
      );
      expect(noSpeechProbability / wanted.noSpeech).toBeCloseTo(1, 4);
    },
  );
});

describe('windows that are decoded together', () => {
  test('get the tokens that each gets alone, whoever comes and goes', async () => {
    const results = await Promise.all(goldens.cases.map(decoded));
    for (const [i, result] of results.entries()) check(result, goldens.cases[i] as Case);
  });

  test('end alone: one that is stopped does not change the others', async () => {
    const [first, second] = goldens.cases.filter(({ tokens }) => tokens.length > 30);
    const abort = new AbortController();
    const stopped = whisper.window(await signal(goldens.clips[0] as Recipe), abort.signal, async (window) => {
      const tokens = window.decode(request((first as Case).prefix, false));
      // The thread has it before it can have ended.
      abort.abort();
      return await tokens;
    });
    const [ended, kept] = await Promise.allSettled([stopped, decoded(second as Case)]);
    expect(ended).toMatchObject({ status: 'rejected', reason: { name: 'AbortError' } });
    check((kept as PromiseFulfilledResult<DecodeResult>).value, second as Case);
  });

  test('give their places back: a hundred that are aborted leave all places free', async () => {
    const samples = await signal(goldens.clips[1] as Recipe);
    const { prefix } = goldens.cases[0] as Case;
    const ended = Array.from({ length: 100 }, async (_, i) => {
      const abort = new AbortController();
      setTimeout(() => abort.abort(), i);
      return await whisper.window(samples, abort.signal, (window) => window.decode(request(prefix, false)));
    });
    await Promise.allSettled(ended);
    const results = await Promise.all(goldens.cases.slice(0, 8).map(decoded));
    for (const [i, result] of results.entries()) check(result, goldens.cases[i] as Case);
  });
});

describe('at a temperature above 0', () => {
  test('tokens are drawn, the same ones for a seed', async () => {
    const { prefix, clip, tokens } = goldens.cases[0] as Case;
    const draw = (seed: number) =>
      inWindow(clip, (window) => window.decode({ ...request(prefix, false), temperature: 1, seed }));
    const [one, again, other] = [await draw(1), await draw(1), await draw(2)];
    expect(one.tokens).toEqual(again.tokens);
    expect(one.tokens).not.toEqual(other.tokens);
    expect(one.tokens).not.toEqual(tokens);
  });
});
