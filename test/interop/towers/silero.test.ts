// Silero's VAD with its real weights, compared with silero_vad in Python. tools/interop/towers/setup.sh fetches both.
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { decode } from '../../../dist/index.js';
import { OnnxSession } from '../../../dist/onnx/index.js';
import { SpeechDetector } from '../../../dist/transcribe/vad/detector.js';
import { slowness } from '../../safe/outcome.js';
import { fixtures, noise } from '../../tower/reference.js';

const cache = join(process.env.COCHLEA_CACHE ?? join(homedir(), '.cache', 'cochlea'), 'interop-towers');
const packages = join(cache, 'packages');
const model = join(packages, 'silero_vad/data/silero_vad_16k_sequence.onnx');
const isInstalled = existsSync(join(cache, 'complete')) && existsSync(model);
if (!isInstalled) console.log(`skipped: Silero's VAD: tools/interop/towers/setup.sh has not been run here`);

interface Answer {
  readonly probabilities: readonly number[];
  /** With the options of faster-whisper, and with silero_vad's own. */
  readonly regions: readonly [[number, number][], [number, number][]];
}

async function answerOf(audio: Float32Array): Promise<Answer> {
  const folder = mkdtempSync(join(tmpdir(), 'cochlea-silero-'));
  try {
    const clip = join(folder, 'clip.f32');
    writeFileSync(clip, audio);
    const interpreter = readFileSync(join(cache, 'python-path'), 'utf8').trim();
    const script = fileURLToPath(new URL('silero_answers.py', import.meta.url));
    const env = { ...process.env, PYTHONPATH: packages };
    const limits = { timeout: 60_000 * slowness, maxBuffer: 2 ** 26 };
    const { stdout } = await promisify(execFile)(interpreter, [script, clip], { env, ...limits });
    return JSON.parse(stdout.trim().split('\n').at(-1) as string) as Answer;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** One behind the other. */
function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

describe.skipIf(!isInstalled)('Silero finds speech as in Python', { timeout: 120_000 * slowness }, async () => {
  const { data: speech } = await decode(join(fixtures, 'speech/speech.flac'), { sampleRate: 16_000, channels: 1 });
  const silence = (seconds: number) => new Float32Array(seconds * 16_000);
  const quiet = (samples: Float32Array) => samples.map((sample) => sample / 30);
  const hiss = quiet(noise(80_000, 1).data);

  test.each([
    [
      'speech with pauses',
      joined([silence(3), speech, silence(1.9), speech, silence(2.5), hiss, speech, silence(40), quiet(speech), hiss]),
    ],
    ['speech in noise', joined([speech, speech]).map((sample, i) => sample + (hiss[i % hiss.length] as number))],
    ['noise', hiss],
    ['silence', silence(40)],
    ['a blink', speech.subarray(0, 100)],
  ])('%s', async (name, audio) => {
    const { probabilities, regions } = await answerOf(audio);
    await using session = await OnnxSession.open(model, { provider: 'cpu' });
    const detector = new SpeechDetector(session, model);
    const made = await detector.probabilities(audio);
    expect(made).toHaveLength(probabilities.length);
    for (const [i, probability] of probabilities.entries()) expect(made[i]).toBeCloseTo(probability, 4);
    const found = [
      await detector.detect(audio),
      await detector.detect(audio, { minSpeech: 0.25, minSilence: 0.1, pad: 0.03 }),
    ];
    expect(found.map((each) => each.map(({ start, end }) => [start, end]))).toEqual(regions);
    if (name.includes('speech')) expect(regions[0].length).toBeGreaterThan(0);
  });
});
