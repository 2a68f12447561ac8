// The public class, over a small Whisper of random weights. Its decoder is compared with transformers in
// decoder.test.ts, its loop with openai-whisper's in windows.test.ts.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encode } from '../../dist/index.js';
import { type TranscribeOptions, Transcriber, type TranscriptionSegment } from '../../dist/transcribe/index.js';
import { fixture, noise, type Recipe, rate, signal } from '../features/signals.js';

const folder = fixture('transcribe/small');
const goldens = JSON.parse(readFileSync(`${folder}/goldens.json`, 'utf8')) as {
  readonly clips: readonly Recipe[];
  readonly windows: readonly { readonly languages: Readonly<Record<string, number>> }[];
  readonly cases: readonly {
    readonly clip: number;
    readonly language: string | null;
    readonly task: string;
    readonly timestamps: boolean;
    readonly prompt: readonly number[];
    readonly tokens: readonly number[];
  }[];
};

/** Without second tries: random text is never probable. */
const once = {
  temperature: 0,
  noSpeechThreshold: null,
  logProbThreshold: null,
  compressionRatioThreshold: null,
} as const satisfies TranscribeOptions;

let transcriber: Transcriber;
beforeAll(async () => {
  transcriber = await Transcriber.load(folder, { precision: 'fp32', provider: 'cpu' });
});
afterAll(() => transcriber.close());

const audio = (seconds: number, seed = 1) => ({ data: noise(Math.round(seconds * rate), seed), sampleRate: rate });

describe('the text of a window', () => {
  const wanted = goldens.cases.filter(({ prompt, language }) => prompt.length === 0 && language !== null);

  test.each(wanted.map((each, i) => [i, each] as const))('case %i has the tokens of transformers', async (_, given) => {
    const { clip, language, task, timestamps } = given;
    const data = await signal(goldens.clips[clip] as Recipe);
    const { segments, ...transcription } = await transcriber.transcribe(
      { data, sampleRate: rate },
      {
        ...once,
        language: language as string,
        task: task as 'transcribe',
        timestamps: timestamps && 'segment',
      },
    );
    expect(transcription.language).toBe(language);
    expect(transcription.duration).toBe(data.length / rate);
    // The next window begins where the last segment of this one ends; the rest of its tokens are not kept.
    const tokens = segments.filter(({ seek }) => seek === 0).flatMap((segment) => segment.tokens);
    const same = Math.min(tokens.length, given.tokens.length);
    expect(same).toBeGreaterThan(0);
    expect(tokens.slice(0, same)).toEqual(given.tokens.slice(0, same));
  });

  test('is in the language that is detected', async () => {
    for (const [clip, { languages }] of goldens.windows.entries()) {
      const data = await signal(goldens.clips[clip] as Recipe);
      const { language, probabilities } = await transcriber.detectLanguage({ data, sampleRate: rate });
      const most = Math.max(...Object.values(languages));
      expect(languages[language]).toBe(most);
      expect(probabilities[language]).toBeCloseTo(most, 5);
      if (clip > 0) continue;
      expect((await transcriber.transcribe({ data, sampleRate: rate }, once)).language).toBe(language);
    }
  });

  test('has words with times, in their order, which are those of its segments', async () => {
    const { segments, words, duration } = await transcriber.transcribe(audio(12), {
      ...once,
      language: 'en',
      timestamps: 'word',
    });
    expect(words?.length).toBeGreaterThan(0);
    expect(segments.flatMap((segment) => segment.words)).toEqual(words);
    for (const { start, end, probability } of words ?? []) {
      expect(start).toBeGreaterThanOrEqual(0);
      expect(end).toBeGreaterThanOrEqual(start);
      expect(end).toBeLessThanOrEqual(duration + 0.02);
      expect(probability).toBeGreaterThan(0);
      expect(probability).toBeLessThanOrEqual(1);
    }
  });
});

describe('a recording', () => {
  test('of a minute and more is done window after window, to its end', async () => {
    const seconds: number[] = [];
    const given = audio(70);
    const { segments, text } = await transcriber.transcribe(given, {
      ...once,
      language: 'en',
      onProgress: (progress) => {
        expect(progress.duration).toBe(70);
        seconds.push(progress.seconds);
      },
    });
    expect(seconds.length).toBeGreaterThan(2);
    expect(seconds).toEqual([...seconds].sort((a, b) => a - b));
    expect(seconds.at(-1)).toBe(70);
    expect(segments.map(({ id }) => id)).toEqual(segments.map((_, i) => i));
    expect(text).toBe(segments.map((segment) => segment.text).join(''));
    for (const { start, end } of segments) expect(end <= 70 && start <= end).toBe(true);
  });

  test('gives in parallel what its pieces give alone', async () => {
    const given = audio(50);
    const options = { ...once, language: 'en', windows: 'parallel', timestamps: false } as const;
    const { segments } = await transcriber.transcribe(given, options);
    const starts = segments.map(({ seek }) => seek * 160);
    expect(starts.length).toBe(2);
    for (const [i, { text }] of segments.entries()) {
      const data = given.data.slice(starts[i], starts[i + 1]);
      const alone = await transcriber.transcribe({ data, sampleRate: rate }, { ...options, windows: 'sequential' });
      expect(text).toBe(alone.text);
    }
  });

  test('comes as a stream of the same segments', async () => {
    const given = audio(40);
    const options = { ...once, language: 'en' } as const;
    const segments: TranscriptionSegment[] = [];
    for await (const segment of transcriber.transcribeStream(given, options)) segments.push(segment);
    expect(segments).toEqual((await transcriber.transcribe(given, options)).segments);
  });

  test('may be a file, whose samples are resampled', async () => {
    const bytes = await encode({ data: noise(3 * 8000), sampleRate: 8000 }, { format: 'wav' });
    const { duration } = await transcriber.transcribe(bytes, { ...once, language: 'en' });
    expect(duration).toBe(3);
    await expect(transcriber.transcribe('/nowhere.wav')).rejects.toMatchObject({ code: 'ERR_AUDIO_SOURCE' });
  });

  test.each([0, 1, 159])('of %i samples has no text', async (samples) => {
    const { text, segments } = await transcriber.transcribe({ data: new Float32Array(samples), sampleRate: rate });
    expect({ text, segments }).toEqual({ text: '', segments: [] });
  });
});

describe('calls at the same time', () => {
  test('get what each gets alone, and those that are aborted end at once', async () => {
    const options = { ...once, language: 'en' } as const;
    const alone = await Promise.all([1, 2, 3, 4].map((seed) => transcriber.transcribe(audio(8, seed), options)));
    const abort = new AbortController();
    const calls = Array.from({ length: 24 }, (_, i) =>
      transcriber.transcribe(audio(8, (i % 4) + 1), i % 3 === 0 ? { ...options, signal: abort.signal } : options),
    );
    setTimeout(() => abort.abort(new Error('enough')), 20);
    const results = await Promise.allSettled(calls);
    for (const [i, result] of results.entries()) {
      if (result.status === 'fulfilled') expect(result.value).toEqual(alone[i % 4]);
      else expect(i % 3 === 0 && result.reason).toMatchObject({ name: 'AbortError', cause: { message: 'enough' } });
    }
    expect(results.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(0);
  });

  test('are refused when the queue is full, and after close', async () => {
    const small = await Transcriber.load(folder, { precision: 'int8', provider: 'cpu', maxBatch: 1, maxQueue: 1 });
    const options = { ...once, language: 'en' } as const;
    // Two run, one waits.
    const calls = Array.from({ length: 5 }, () => small.transcribe(audio(2), options));
    const closed = small.close();
    const results = await Promise.allSettled(calls);
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
    ]);
    expect(results[3]).toMatchObject({ reason: { code: 'ERR_BUSY', retryable: true } });
    await closed;
    await expect(small.transcribe(audio(2))).rejects.toMatchObject({ code: 'ERR_CLOSED' });
    await expect(small.transcribeStream(audio(2)).next()).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  });

  test('a stream that is left frees its place', async () => {
    for (let i = 0; i < 20; i++) {
      for await (const _ of transcriber.transcribeStream(audio(40), { ...once, language: 'en' })) break;
    }
    expect((await transcriber.transcribe(audio(2), { ...once, language: 'en' })).duration).toBe(2);
  });

  test('a signal that was aborted before', async () => {
    const signal = AbortSignal.abort();
    await expect(transcriber.transcribe(audio(2), { signal })).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('the prompt', () => {
  test('and hotwords change the text, and are cut where they are too long', async () => {
    const options = { ...once, language: 'en', timestamps: false } as const;
    const plain = await transcriber.transcribe(audio(3), options);
    const texts = await Promise.all(
      [{ prompt: 'the cat' }, { hotwords: 'the cat' }, { prompt: 'dog '.repeat(5000) }, { prompt: ' ' }].map((given) =>
        transcriber.transcribe(audio(3), { ...options, ...given }),
      ),
    );
    const [prompted, hot, long, blank] = texts.map(({ text }) => text);
    expect(prompted).not.toBe(plain.text);
    expect(hot).toBe(prompted);
    expect(long).not.toBe(plain.text);
    expect(blank).toBe(plain.text);
  });
});

describe('a wrong argument is told at the call', () => {
  test.each([
    [
      { language: 'xx' },
      RangeError,
      /options\.language must be a code that the model knows, such as en, zh, de; got 'xx'/,
    ],
    [{ language: 5 }, TypeError, /options\.language/],
    [{ task: 'sing' }, TypeError, /options\.task must be 'transcribe' or 'translate'/],
    [{ timestamps: true }, TypeError, /options\.timestamps/],
    [{ vad: true }, RangeError, /options\.vad must be false: the folder of the model has no vad\.onnx/],
    [{ temperature: [] }, TypeError, /options\.temperature/],
    [{ temperature: 3 }, RangeError, /options\.temperature must be from 0 to 2, got 3/],
    [{ logProbThreshold: '1' }, TypeError, /options\.logProbThreshold must be a number or null/],
    [{ prompt: 1 }, TypeError, /options\.prompt must be a string/],
    [{ onProgress: 1 }, TypeError, /options\.onProgress must be a function/],
    [{ beamSize: 5 }, TypeError, /options\.beamSize is not an option/],
  ] as const)('%j', (options, Class, message) => {
    const call = () => transcriber.transcribe(audio(1), options as TranscribeOptions);
    expect(call).toThrow(Class);
    expect(call).toThrow(message);
  });

  test('samples of another rate or of two channels', () => {
    const data = noise(1000);
    expect(() => transcriber.transcribe({ data, sampleRate: 8000 })).toThrow(/audio must have one channel at 16000 Hz/);
    expect(() => transcriber.transcribe({ data, sampleRate: rate, channels: 2 })).toThrow(/decode it with/);
  });

  test('a sample that is no number', async () => {
    const data = noise(rate);
    data[500] = Number.NaN;
    await expect(transcriber.transcribe({ data, sampleRate: rate }, { language: 'en' })).rejects.toMatchObject({
      code: 'ERR_AUDIO_NON_FINITE',
    });
  });
});

describe('a folder', () => {
  test('of an encoder alone', async () => {
    await expect(Transcriber.load(fixture('towers/whisper'))).rejects.toMatchObject({
      code: 'ERR_MODEL_INVALID',
      message: expect.stringContaining('holds an encoder alone'),
    });
  });

  test.each([
    ['transcriber.layers', (d: Descriptor) => (d.transcriber.layers = -1)],
    ['transcriber.format', (d: Descriptor) => (d.transcriber.format = 2)],
    ['transcriber.variants.fp32.decoder', (d: Descriptor) => (d.transcriber.variants.fp32.decoder = '../decoder.onnx')],
    ['transcriber.suppressTokens[0]', (d: Descriptor) => (d.transcriber.suppressTokens = [-5])],
    ['transcriber.tokenizer.sha256', (d: Descriptor) => (d.transcriber.tokenizer.sha256 = 'no')],
    ['tokenizer.json is damaged', (d: Descriptor) => (d.transcriber.tokenizer.sha256 = '0'.repeat(64))],
  ])('whose %s is wrong', async (named, damage) => {
    const copy = mkdtempSync(join(tmpdir(), 'cochlea-whisper-'));
    try {
      await cp(folder, copy, { recursive: true });
      const path = join(copy, 'cochlea.json');
      const descriptor = JSON.parse(readFileSync(path, 'utf8')) as Descriptor;
      damage(descriptor);
      writeFileSync(path, JSON.stringify(descriptor));
      await expect(Transcriber.load(copy, { precision: 'fp32' })).rejects.toMatchObject({
        code: 'ERR_MODEL_INVALID',
        message: expect.stringContaining(named),
      });
    } finally {
      rmSync(copy, { recursive: true });
    }
  });
});

interface Descriptor {
  readonly transcriber: {
    layers: number;
    format: number;
    suppressTokens: number[];
    readonly tokenizer: { sha256: string };
    readonly variants: { readonly fp32: { decoder: string } };
  };
}
