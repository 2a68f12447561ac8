// export_whisper.py from a checkpoint to all that transcribes. tools/interop/towers/setup.sh fetches what this needs.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fixtures } from '../../tower/reference.js';
import { isInstalled, python, timeout } from './python.js';

/** Relative L2 from PyTorch in float64, as tools/export allows it. */
const tolerances = { fp32: { decoder: 1e-5, align: 1e-5 }, int8: { decoder: 8e-2, align: 4e-2 } } as const;

interface Variant {
  readonly files: Record<string, string>;
}

interface Descriptor {
  readonly variants: Record<string, Variant>;
  readonly transcriber?: {
    readonly variants: Record<keyof typeof tolerances, Variant>;
    readonly tokenizer: { readonly file: string; readonly sha256: string };
    readonly vad?: { readonly file: string; readonly sha256: string };
    readonly parity: Record<
      keyof typeof tolerances,
      Record<'decoder' | 'align', { readonly relativeL2: number; readonly batchRelativeL2?: number }>
    >;
  };
}

const read = <T>(...path: string[]): T => JSON.parse(readFileSync(join(...path), 'utf8')) as T;
const sha256 = (...path: string[]): string =>
  createHash('sha256')
    .update(readFileSync(join(...path)))
    .digest('hex');

describe.skipIf(!isInstalled)('export_whisper.py', { timeout }, () => {
  const work = isInstalled ? mkdtempSync(join(tmpdir(), 'cochlea-whisper-export-')) : '';
  const checkpoint = join(work, 'checkpoint');
  const exported = (source: string, ...args: string[]) =>
    python('../../../tools/export/export_whisper.py', source, '--output', join(work, 'models'), ...args);

  /** The checkpoint without some of its files, and with other settings. */
  function changed(name: string, without: string[], settings: Record<string, unknown> = {}): string {
    const folder = join(work, name);
    cpSync(checkpoint, folder, { recursive: true });
    const file = join(folder, 'generation_config.json');
    writeFileSync(file, JSON.stringify({ ...read<object>(file), ...settings }));
    for (const each of without) rmSync(join(folder, each));
    return folder;
  }

  beforeAll(() => python('small_whisper.py', checkpoint), timeout);
  afterAll(() => rmSync(work, { recursive: true, force: true }));

  test('writes the encoder in fp16, and the decoder in fp32, which runs on the processor', async () => {
    const printed = await exported(checkpoint, '--precision', 'fp16', 'int8');
    const models = join(work, 'models');
    const { variants, transcriber } = read<Required<Descriptor>>(models, 'cochlea.json');
    expect(Object.keys(variants)).toEqual(['fp16', 'int8']);
    expect(transcriber).toMatchObject({
      format: 1,
      layers: 2,
      heads: 2,
      headSize: 8,
      positions: 448,
      multilingual: true,
      maxInitialTimestamp: 50,
      alignmentHeads: [
        [1, 1],
        [0, 0],
        [1, 0],
      ],
      tokenizer: { file: 'tokenizer.json', sha256: sha256(checkpoint, 'tokenizer.json') },
      variants: {
        fp32: { cross: 'cross.onnx', decoder: 'decoder.onnx', align: 'align.onnx' },
        int8: { cross: 'cross.int8.onnx', decoder: 'decoder.int8.onnx', align: 'align.int8.onnx' },
      },
    });
    // Whether that Python has the package silero-vad.
    const vad = existsSync(join(models, 'vad.onnx')) ? ['vad.onnx'] : [];
    expect(printed.includes('no model of voice activity')).toBe(vad.length === 0);
    expect(transcriber.vad).toEqual(vad[0] && { file: vad[0], sha256: sha256(models, vad[0]) });
    const files = [variants, transcriber.variants].flatMap((all) =>
      Object.values(all).flatMap(({ files }) => Object.entries(files)),
    );
    for (const [file, digest] of files) expect(sha256(models, file)).toBe(digest);
    const named = [...files.map(([file]) => file), 'cochlea.json', 'tokenizer.json', ...vad];
    expect(readdirSync(models).sort()).toEqual(named.sort());
    for (const [precision, allowed] of Object.entries(tolerances)) {
      const { decoder, align } = transcriber.parity[precision as keyof typeof tolerances];
      expect(decoder.relativeL2).toBeGreaterThan(0);
      expect(decoder.relativeL2).toBeLessThanOrEqual(allowed.decoder);
      expect(decoder.batchRelativeL2).toBeLessThanOrEqual(allowed.decoder);
      expect(align.relativeL2).toBeLessThanOrEqual(allowed.align);
    }
  });

  test.each([
    [
      'without settings',
      ['generation_config.json'],
      {},
      /generation_config\.json not found\. .* Copy it from the model/,
    ],
    ['without a tokenizer', ['tokenizer.json'], {}, /tokenizer\.json not found\. Write it with transformers: /],
    [
      'of other heads',
      [],
      { alignment_heads: [[2, 0]] },
      /belongs to another model: alignment_heads has \[2, 0\], .* 2 layers of 2 heads/,
    ],
    ['of other tokens', [], { suppress_tokens: [50_363] }, /belongs to another model: suppress_tokens has 50363/],
  ])('a checkpoint %s is refused at once', async (name, without, settings, why) => {
    const output = join(work, `refused ${name}`);
    const refused = python(
      '../../../tools/export/export_whisper.py',
      changed(name, without, settings),
      '--output',
      output,
    );
    await expect(refused).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(why) });
    expect(existsSync(output)).toBe(false);
  });

  test('--encoder-only needs neither tokenizer nor settings, and writes none of it', async () => {
    const source = changed('encoder', ['generation_config.json', 'tokenizer.json']);
    const output = join(work, 'tower');
    await python('../../../tools/export/export_whisper.py', source, '--output', output, '--encoder-only');
    expect(read<Descriptor>(output, 'cochlea.json')).not.toHaveProperty('transcriber');
    expect(readdirSync(output).sort()).toEqual(['cochlea.json', 'model.onnx']);
  });

  test.each([
    [
      'another model',
      join(fixtures, 'towers/whisper/model.onnx'),
      'is another model than silero_vad_16k_sequence.onnx',
    ],
    ['no model', join(fixtures, 'towers/whisper/cochlea.json'), 'cannot be read as a model'],
    ['no file', join(fixtures, 'none.onnx'), 'cannot be read as a model'],
  ])('--vad with %s is refused', async (_what, file, why) => {
    await expect(exported(checkpoint, '--vad', file)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`export_whisper.py: ${file} ${why}`),
    });
  });
});
