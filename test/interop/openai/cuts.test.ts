// Ten minutes of dialogue through the gateway, which cuts it, beside the same in one request to the server: a cut loses
// no word, and says none twice.
import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type AudioEngine, UpstreamEngine } from '../../../dist/openai/index.js';
import { type WordDifference, wordDifferences, wordErrorRate, wordsOf } from '../../openai/word_errors.js';
import { slowness } from '../../safe/outcome.js';
import { service } from '../../serve/service.js';
import { recording, sentences } from './dialogue.js';
import { cache, isInstalled, startServer, whyNot } from './servers.js';

if (!isInstalled) process.stderr.write(`interop/openai/cuts.test.ts is skipped: ${whyNot}\n`);

interface Word {
  readonly word: string;
  readonly start: number;
}
interface Verbose {
  readonly text: string;
  readonly words: readonly Word[];
}

/** Seconds on either side of a cut: what is further away, no cut can change. */
const nearSeconds = 5;

/** An engine that also says where its parts begin. */
function watched(engine: UpstreamEngine, starts: number[]): AudioEngine {
  return {
    models: (signal) => engine.models(signal),
    maxSeconds: (model) => engine.maxSeconds(model),
    transcribe: (audio, request) => {
      starts.push((audio.startFrame ?? 0) / audio.sampleRate);
      return engine.transcribe(audio, request);
    },
  };
}

/** Words in lower case, with their times. */
function plain(words: readonly Word[]): Word[] {
  return words.flatMap(({ word, start }) => wordsOf(word).map((each) => ({ word: each, start })));
}

interface Wrong extends WordDifference {
  readonly start: number;
}

/** What a transcript has otherwise than what was said, and when that was. */
function wrongIn(said: readonly Word[], { words }: Verbose): Wrong[] {
  const differences = wordDifferences(
    said.map(({ word }) => word),
    plain(words).map(({ word }) => word),
  );
  return differences.map((each) => ({ ...each, start: (said[Math.min(each.at, said.length - 1)] as Word).start }));
}

test.skipIf(!isInstalled)(
  'a dialogue that the gateway cuts: the words around each cut',
  { timeout: 180_000 * slowness },
  async () => {
    await using server = await startServer('open-asr-server');
    await using engine = new UpstreamEngine({
      addresses: server.baseUrl,
      apiKey: server.key,
      limits: { seconds: 60 },
    });
    const cuts: number[] = [];
    const key = 'key-of-the-gateway';
    await using gateway = await service({ engine: watched(engine, cuts), apiKeys: [key] });
    const { OpenAI } = createRequire(join(cache, 'sdk', 'package.json'))('openai-7');
    const ask = (baseURL: string, apiKey: string): Promise<Verbose> =>
      new OpenAI({ baseURL, apiKey, maxRetries: 0 }).audio.transcriptions.create({
        file: createReadStream(recording),
        model: server.model,
        response_format: 'verbose_json',
        timestamp_granularities: ['word', 'segment'],
      });
    const merged = await ask(`${gateway.url}/v1`, key);
    const whole = await ask(server.baseUrl, server.key);

    const said = sentences().map(({ text }) => text);
    const rates = {
      merged: wordErrorRate(said.join(' '), merged.text),
      whole: wordErrorRate(said.join(' '), whole.text),
    };
    cuts.sort((a, b) => a - b).shift();
    // The time of a word is that of its sentence, moved by its place in it.
    const spoken = sentences().flatMap(({ start, end, text }) =>
      wordsOf(text).map((word, i, all) => ({ word, start: start + ((end - start) * i) / all.length })),
    );
    const wrong = { merged: wrongIn(spoken, merged), whole: wrongIn(spoken, whole) };
    const around = cuts.map((cut) => {
      const near = (all: readonly Wrong[]) => all.filter(({ start }) => Math.abs(start - cut) <= nearSeconds);
      return { cut, merged: near(wrong.merged), whole: near(wrong.whole) };
    });
    console.log(JSON.stringify({ rates, around }, undefined, 1));
    expect(cuts.length).toBeGreaterThanOrEqual(9);
    expect(rates.merged).toBeLessThanOrEqual(rates.whole + 0.005);
    for (const { cut, merged: wrong } of around) {
      // A word that is lost or doubled is one more or one less, whatever the model makes of the others.
      const lost = wrong.filter(({ found }) => found === undefined).length;
      const added = wrong.filter(({ expected }) => expected === undefined).length;
      expect({ cut, lost, added }).toEqual({ cut, lost: 0, added: 0 });
    }
  },
);
