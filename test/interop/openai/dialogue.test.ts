// A dialogue of ten minutes through AudioClient and a real server with a real model: every word of it is known.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { probe } from '../../../dist/index.js';
import {
  AudioClient,
  type OpenAIClient,
  parseSrt,
  renderSrt,
  renderVtt,
  UpstreamEngine,
} from '../../../dist/openai/index.js';
import { wordErrorRate } from '../../openai/word_errors.js';
import { slowness } from '../../safe/outcome.js';
import { beginning, recording, sentences } from './dialogue.js';
import { cache, isInstalled, type Server, startServer, whyNot } from './servers.js';

if (!isInstalled) process.stderr.write(`interop/openai/dialogue.test.ts is skipped: ${whyNot}\n`);

interface Span {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** How far, in the median, sentences begin from where a segment does; in seconds. */
function medianShift(segments: readonly Span[]): number {
  const shifts = sentences().map(({ start }) => Math.min(...segments.map((each) => Math.abs(each.start - start))));
  return shifts.sort((a, b) => a - b)[shifts.length >> 1] as number;
}

describe.skipIf(!isInstalled).sequential('ten minutes of dialogue', { timeout: 120_000 * slowness }, () => {
  let server: Server;
  let client: AudioClient;
  const said = isInstalled
    ? sentences()
        .map(({ text }) => text)
        .join(' ')
    : '';
  const openai = (which: string): OpenAIClient => {
    const { OpenAI } = createRequire(join(cache, 'sdk', 'package.json'))(which);
    return new OpenAI({ baseURL: server.baseUrl, apiKey: server.key });
  };

  beforeAll(async () => {
    server = await startServer('open-asr-server');
    client = new AudioClient(openai('openai-7'), { limits: { seconds: 120 }, concurrency: 2 });
  }, 60_000 * slowness);
  afterAll(() => server?.[Symbol.asyncDispose]());

  test('in parts: its words, in order, at their times', async () => {
    const parts: { start: number; seconds: number }[] = [];
    const { text, duration, segments, words } = await client.transcribe(
      recording,
      { model: server.model, response_format: 'verbose_json', timestamp_granularities: ['segment', 'word'] },
      { onProgress: (part) => parts.push(part) },
    );
    const seconds = (await probe(recording)).duration as number;
    const rate = wordErrorRate(said, text);
    const shift = medianShift(segments ?? []);
    console.log({ parts: parts.length, wordErrorRate: rate, medianShift: shift });
    expect(parts.length).toBeGreaterThanOrEqual(5);
    // Of the recording at 16 kHz.
    expect(parts.reduce((sum, part) => sum + part.seconds, 0)).toBeCloseTo(seconds, 3);
    expect(duration).toBeCloseTo(seconds, 3);
    // Whisper tiny.en has 0.0125 on the whole recording in one request, and 0.0153 in these parts.
    expect(rate).toBeLessThan(0.05);
    expect(shift).toBeLessThan(0.5);
    expect(wordErrorRate(text, words?.map(({ word }) => word).join('') ?? '')).toBeLessThan(0.005);
    for (const spans of [segments ?? [], words ?? []] as { start: number; end: number }[][]) {
      expect(spans.map(({ start }) => start)).toEqual(spans.map(({ start }) => start).sort((a, b) => a - b));
      for (const { start, end } of spans) {
        expect(end).toBeGreaterThanOrEqual(start);
        expect(end).toBeLessThanOrEqual(seconds + 0.001);
      }
    }
    expect(segments?.map(({ id }) => id)).toEqual(segments?.map((_, index) => index));
    const cues = (segments ?? []).map(({ start, end, text: line }) => ({ start, end, text: line.trim() }));
    expect(
      wordErrorRate(
        text,
        parseSrt(renderSrt(cues))
          .map((cue) => cue.text)
          .join(' '),
      ),
    ).toBe(0);
    expect(renderVtt(cues).split('\n\n').length).toBe(cues.length + 1);
  });

  test('its beginning is the same by each client and by an engine of its own, whole and in parts', async () => {
    const { wav, text: expected, seconds } = await beginning(12);
    await using engine = new UpstreamEngine({ addresses: server.baseUrl, apiKey: server.key });
    const clients = [new AudioClient(openai('openai-6')), new AudioClient(openai('openai-7')), new AudioClient(engine)];
    const limits = { limits: { seconds: 15 }, concurrency: 1 };
    const inParts = new AudioClient(openai('openai-7'), limits);
    const rates = [];
    for (const each of [...clients, inParts]) {
      const srt = await each.transcribe(wav, { model: server.model, response_format: 'srt' });
      const cues = parseSrt(srt);
      rates.push(wordErrorRate(expected, cues.map(({ text }) => text).join(' ')));
      expect(cues.at(-1)?.end).toBeLessThanOrEqual(seconds + 0.001);
    }
    console.log({ wordErrorRates: rates });
    expect(Math.max(...rates)).toBeLessThan(0.06);
    expect(new Set(rates.slice(0, 3)).size).toBe(1);
  });

  test('a server that ignores stream gives each part as it is done', async () => {
    const { wav, text: expected } = await beginning(8);
    const inParts = new AudioClient(openai('openai-7'), { limits: { seconds: 10 }, concurrency: 1 });
    const events = [];
    for await (const event of inParts.transcribeStream(wav, { model: server.model })) events.push(event);
    const deltas = events.flatMap((event) => (event.type === 'transcript.text.delta' ? [event.delta] : []));
    const done = events.at(-1);
    expect(deltas.length).toBeGreaterThan(1);
    expect(done?.type).toBe('transcript.text.done');
    expect(wordErrorRate(expected, deltas.join(''))).toBeLessThan(0.06);
    expect(done?.type === 'transcript.text.done' && done.text).toBe(deltas.join(''));
  });
});
