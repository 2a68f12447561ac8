import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AudioDecoder } from '../../dist/index.js';
import { AudioClient, type TranscribeProgress } from '../../dist/openai/index.js';
import { numbersFrom, rate, ScriptedEngine, wholeTranscript, writeRecording } from './scripted.js';

/** Long recordings in parts: nothing is lost, nothing twice, and all times are those of the recording. */

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cochlea-parts-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** More take longer: 200 of up to 3 hours are 60 hours of audio. */
const recordings = Number(process.env.COCHLEA_RECORDINGS ?? 24);
const longest = Number(process.env.COCHLEA_RECORDINGS ? 3 * 3600 : 900);

test(`${recordings} recordings of 1 to ${longest} s at random limits: as heard in one piece`, {
  timeout: 3_600_000,
}, async () => {
  const random = numbersFrom(16);
  for (let seed = 0; seed < recordings; seed++) {
    const seconds = longest ** random();
    const limit = 20 + 600 * random() ** 3;
    const path = join(folder, `${seed}.wav`);
    writeRecording(path, seed, seconds);
    const engine = new ScriptedEngine(limit);
    const concurrency = seed % 2 === 0 ? 1 : 1 + Math.floor(random() * 6);
    const client = new AudioClient(engine, { concurrency });
    const progress: TranscribeProgress[] = [];
    const result = await client.transcribe(
      path,
      { model: 'scripted', response_format: 'verbose_json', timestamp_granularities: ['word', 'segment'] },
      { onProgress: (each) => progress.push(each) },
    );
    const what = `recording ${seed} of ${seconds} s at ${limit} s`;
    const whole = wholeTranscript(seed, seconds);
    const frames = Math.floor(seconds * rate);

    expect(result.text, what).toBe(whole.text);
    expect(result.duration, what).toBeCloseTo(frames / rate, 3);
    expect(result.words?.length, what).toBe(whole.words.length);
    for (const [i, { word, start, end }] of whole.words.entries()) {
      const got = result.words?.[i];
      expect(got?.word === word && near(got.start, start) && near(got.end, end), `${what}: word ${i}`).toBe(true);
    }
    expect(result.segments?.length, what).toBe(whole.segments);
    expect(
      result.segments?.map(({ id }) => id),
      what,
    ).toEqual(result.segments?.map((_, i) => i));

    progress.sort((a, b) => a.index - b.index);
    let end = 0;
    for (const part of progress) {
      expect(Math.round(part.start * rate), what).toBe(end);
      expect(part.seconds, what).toBeLessThanOrEqual(limit + 1e-9);
      end += Math.round(part.seconds * rate);
    }
    expect(end, what).toBe(frames);
    if (concurrency === 1) expect(digest(engine.asked.map(({ data }) => data)), what).toBe(await decoded(path));
    rmSync(path);
  }
});

/** Within a millisecond of a frame. */
function near(seconds: number, frame: number): boolean {
  return Math.abs(seconds - frame / rate) <= 0.001;
}

function digest(pieces: readonly Float32Array[]): string {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength));
  return hash.digest('hex');
}

async function decoded(path: string): Promise<string> {
  const { data } = await new AudioDecoder().decode(path, { sampleRate: rate, channels: 1 });
  return digest([data]);
}
