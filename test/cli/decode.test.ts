import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decode } from '../../dist/index.js';
import { streamFacts } from '../encode/lossy_oracle.js';
import { readFlac, readWav, streamInfo } from '../encode/oracle.js';
import { cochlea, lines, temporaryFolder } from './command.js';
import { readNpy } from './npy.js';
import { tones, writeWav } from './sounds.js';

function floats(bytes: Buffer): number[] {
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(i * 4));
}

describe('what is written', () => {
  test('npy: shape and values of decode(), mono', async () => {
    const folder = temporaryFolder();
    const source = writeWav(join(folder, 'tone.wav'), { sampleRate: 44_100 });
    const output = join(folder, 'tone.npy');
    const { code, stdout } = await cochlea('decode', source, '--sample-rate', '16000', '--output', output);
    expect(code).toBe(0);
    expect(stdout).toContain('[1452]');
    const audio = await decode(source, { sampleRate: 16_000 });
    expect(readNpy(output)).toEqual({ shape: [1452], data: [...audio.data] });
  });

  test('npy: [channels, frames] in C order', async () => {
    const folder = temporaryFolder();
    const source = writeWav(join(folder, 'tone.wav'), { channels: 3, frames: 50 });
    const output = join(folder, 'tone.npy');
    expect((await cochlea('decode', source, '--channels', 'native', '-o', output)).code).toBe(0);
    const audio = await decode(source, { channels: 'native' });
    expect(readNpy(output)).toEqual({ shape: [3, 50], data: [...audio.data] });
  });

  test('f32: the bytes of the same array', async () => {
    const folder = temporaryFolder();
    const source = writeWav(join(folder, 'tone.wav'), { channels: 2, frames: 50 });
    const output = join(folder, 'tone.f32');
    expect((await cochlea('decode', source, '--channels', '2', '-o', output)).code).toBe(0);
    const audio = await decode(source, { channels: 2 });
    expect(floats(readFileSync(output))).toEqual([...audio.data]);
  });

  test.each([1, 2, 5])('wav of %i channels: decodes to the same samples', async (channels) => {
    const folder = temporaryFolder();
    const source = writeWav(join(folder, 'tone.wav'), { channels, sampleRate: 22_050 });
    const output = join(folder, 'out', 'float.wav');
    expect((await cochlea('decode', source, '--channels', 'native', '-o', output)).code).toBe(0);
    const audio = await decode(source, { channels: 'native' });
    const again = await decode(output, { channels: 'native' });
    expect(again.source).toMatchObject({ codec: 'pcm_f32le', sampleRate: 22_050, channels });
    expect(again.damage).toMatchObject({ packets: 0, truncated: false });
    expect(again.data).toEqual(audio.data);
  });

  test('wav has 32 bits by default, 16 or 24 on request', async () => {
    const folder = temporaryFolder();
    const source = writeWav(join(folder, 'tone.wav'), { channels: 2 });
    for (const bits of ['16', '24', '32']) {
      const output = join(folder, `${bits}.wav`);
      expect((await cochlea('decode', source, '--channels', '2', '--bit-depth', bits, '-o', output)).code).toBe(0);
      const file = readWav(readFileSync(output));
      expect(file).toMatchObject({ bits: Number(bits), float: bits === '32', channels: 2, sampleRate: 8000 });
      const scale = bits === '32' ? 1 / 32_768 : 2 ** (Number(bits) - 16);
      const tone = tones(8000, 4000, 2);
      expect(file.samples).toEqual(Array.from({ length: 8000 }, (_, i) => tone.readInt16LE(i * 2) * scale));
    }
  });

  test('flac: what the flac command reads', async () => {
    const folder = temporaryFolder();
    const source = writeWav(join(folder, 'tone.wav'), { channels: 2 });
    const output = join(folder, 'tone.flac');
    const run = await cochlea('decode', source, '--channels', 'native', '--json', '-o', output);
    expect(lines(run)).toMatchObject([{ ok: true, output, clipped: 0 }]);
    const tone = tones(8000, 4000, 2);
    const expected = Array.from({ length: 8000 }, (_, i) => tone.readInt16LE(i * 2));
    expect(readFlac(readFileSync(output), 16)).toEqual(expected);
    await cochlea('decode', source, '--channels', 'native', '--bit-depth', '24', '-o', output);
    expect(streamInfo(readFileSync(output))).toMatchObject({ bits: 24, channels: 2, sampleRate: 8000, frames: 4000 });
    expect(readFlac(readFileSync(output), 24)).toEqual(expected.map((sample) => sample * 256));
  });

  test('clipped samples are a warning', async () => {
    const folder = temporaryFolder();
    const source = join(folder, 'loud.pcm');
    writeFileSync(source, Buffer.from(new Float32Array([0.5, 2, -1.5, 0.25]).buffer));
    const args = ['decode', source, '--raw', 'pcm_f32le:8000:1', '-o'];
    const run = await cochlea(...args, join(folder, 'loud.flac'));
    expect(run.code).toBe(0);
    expect(run.stderr).toContain('loud.pcm: warning: 2 samples beyond full scale clipped');
    expect(readFlac(readFileSync(join(folder, 'loud.flac')), 16)).toEqual([16_384, 32_767, -32_768, 8192]);
    expect((await cochlea(...args, join(folder, 'loud.wav'))).stderr).toBe('');
  });

  test.each([
    ['mp3', 16_000],
    ['opus', 48_000],
    ['aac', 16_000],
  ] as const)('%s: what ffprobe reads', async (format, sampleRate) => {
    const folder = temporaryFolder();
    const source = writeWav(join(folder, 'tone.wav'), { frames: 16_000 });
    const output = join(folder, `tone.${format}`);
    const run = await cochlea('decode', source, '--sample-rate', '16000', '--bit-rate', '24000', '-o', output);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(streamFacts(readFileSync(output))).toMatchObject({ codec: format, sampleRate, channels: 1 });
    const six = writeWav(join(folder, 'six.wav'), { channels: 6, frames: 50 });
    const wide = await cochlea('decode', six, '--channels', 'native', '--json', '-o', output);
    expect(lines(wide)).toMatchObject([
      { ok: false, code: 'ERR_OUTPUT_CHANNELS', message: `${format} files hold up to 2 channels, and this has 6` },
    ]);
  });

  test('flac of more than eight channels is an error of that file', async () => {
    const folder = temporaryFolder();
    const source = writeWav(join(folder, 'wide.wav'), { channels: 9, frames: 50 });
    const run = await cochlea('decode', source, '--channels', 'native', '--json', '-o', join(folder, 'wide.flac'));
    expect(run.code).toBe(1);
    expect(lines(run)).toMatchObject([
      { ok: false, code: 'ERR_OUTPUT_CHANNELS', message: expect.stringContaining('9') },
    ]);
  });

  test('an existing file is replaced, and nothing else is left in the folder', async () => {
    const folder = temporaryFolder();
    const source = writeWav(join(folder, 'tone.wav'));
    writeFileSync(join(folder, 'tone.f32'), 'old');
    expect((await cochlea('decode', source, '-o', join(folder, 'tone.f32'))).code).toBe(0);
    expect(readFileSync(join(folder, 'tone.f32'))).toHaveLength(16_000);
    expect(readdirSync(folder)).toEqual(['tone.f32', 'tone.wav']);
  });
});

describe('several files', () => {
  test('a folder takes results under the names of their sources', async () => {
    const folder = temporaryFolder();
    const sources = ['a', 'b', 'c'].map((name, i) => writeWav(join(folder, `${name}.wav`), { frames: 100 + i }));
    const out = join(folder, 'out/');
    const run = await cochlea('decode', ...sources, '--json', '--format', 'npy', '-o', out);
    expect(run.code).toBe(0);
    expect(readdirSync(out).sort()).toEqual(['a.npy', 'b.npy', 'c.npy']);
    // In the order of the arguments, whichever was decoded first.
    expect(lines(run).map(({ file, shape }) => [file, shape])).toEqual(sources.map((file, i) => [file, [100 + i]]));
  });

  test('a pattern tells apart sources of one name', async () => {
    const folder = temporaryFolder();
    const sources = [writeWav(join(folder, 'a.wav')), writeWav(join(folder, 'a.wave'))];
    const clash = await cochlea('decode', ...sources, '-o', join(folder, '{name}.f32'));
    expect(clash.code).toBe(2);
    expect(clash.stderr).toContain("{name}.{ext}.f32'");
    expect((await cochlea('decode', ...sources, '-o', join(folder, '{name}.{ext}.f32'))).code).toBe(0);
    expect(readdirSync(folder)).toEqual(['a.wav', 'a.wav.f32', 'a.wave', 'a.wave.f32']);
  });

  test('one that fails does not stop the others', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'noise.mp3'), 'no audio at all, only these words');
    const sources = [join(folder, 'noise.mp3'), writeWav(join(folder, 'tone.wav'))];
    const run = await cochlea('decode', ...sources, '-o', join(folder, 'out/'), '--format', 'wav');
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('noise.mp3: ');
    expect(run.stderr).toContain('code:   ERR_AUDIO_UNSUPPORTED_CONTAINER');
    expect(run.stderr).toMatch(/remedy: \w+/);
    expect(run.stdout).toContain('tone.wav');
    expect(readdirSync(join(folder, 'out'))).toEqual(['tone.wav']);
  });
});

describe('options', () => {
  test('--raw reads headerless PCM', async () => {
    const folder = temporaryFolder();
    const source = join(folder, 'call.pcm');
    writeFileSync(source, tones(8000, 300, 2));
    const run = await cochlea('decode', source, '--raw', 'pcm_s16le:8000:2', '--json', '-o', join(folder, 'call.npy'));
    expect(lines(run)).toMatchObject([{ ok: true, frames: 300, sampleRate: 8000, source: { channels: 2 } }]);
  });

  test('--start and --end give that slice of the whole decode', async () => {
    const folder = temporaryFolder();
    const source = writeWav(join(folder, 'tone.wav'), { sampleRate: 44_100, frames: 44_100 });
    const whole = await decode(source, { sampleRate: 16_000 });
    const slice = async (...range: string[]) => {
      const output = join(folder, 'part.npy');
      expect((await cochlea('decode', source, '--sample-rate', '16000', ...range, '-o', output)).code).toBe(0);
      return readNpy(output).data;
    };
    expect(await slice('--start', '0.25', '--end', '0.5')).toEqual([...whole.data.subarray(4000, 8000)]);
    expect(await slice('--start', '-0.125')).toEqual([...whole.data.subarray(14_000)]);
  });

  test('--max-seconds is a limit, and the JSON line says which', async () => {
    const folder = temporaryFolder();
    const source = writeWav(join(folder, 'tone.wav'), { frames: 80_000 });
    const run = await cochlea('decode', source, '--max-seconds', '2', '--json', '-o', join(folder, 'tone.npy'));
    expect(run.code).toBe(1);
    expect(lines(run)).toMatchObject([
      { file: source, ok: false, code: 'ERR_AUDIO_LIMIT', limit: { name: 'seconds', max: 2 } },
    ]);
    expect(readdirSync(folder)).toEqual(['tone.wav']);
  });

  test('damage is a warning by default and an error on request', async () => {
    const folder = temporaryFolder();
    const source = join(folder, 'cut.pcm');
    writeFileSync(source, tones(8000, 300, 1).subarray(0, 599));
    const args = ['decode', source, '--raw', 'pcm_s16le:8000:1', '-o', join(folder, 'cut.npy')];
    const run = await cochlea(...args);
    expect(run.code).toBe(0);
    expect(run.stderr).toContain('cut.pcm: warning: damaged audio: 1 packet could not be decoded');
    expect(readNpy(join(folder, 'cut.npy')).shape).toEqual([299]);
    const strict = await cochlea(...args, '--on-damage', 'error', '--json');
    expect(strict.code).toBe(1);
    expect(lines(strict)).toMatchObject([{ ok: false, code: 'ERR_AUDIO_CORRUPT' }]);
  });

  test('NaN is an error by default and zero on request', async () => {
    const folder = temporaryFolder();
    const source = join(folder, 'nan.pcm');
    writeFileSync(source, Buffer.from(new Float32Array([0.5, Number.NaN, 0.25]).buffer));
    const args = ['decode', source, '--raw', 'pcm_f32le:8000:1', '-o', join(folder, 'nan.npy')];
    expect((await cochlea(...args)).stderr).toContain('ERR_AUDIO_CORRUPT');
    const run = await cochlea(...args, '--non-finite', 'zero');
    expect(run.stderr).toContain('warning: damaged audio: 1 sample replaced by zero');
    expect(readNpy(join(folder, 'nan.npy')).data).toEqual([0.5, 0, 0.25]);
  });

  test('an output that cannot be written is an error of that file', async () => {
    const folder = temporaryFolder();
    const source = writeWav(join(folder, 'tone.wav'));
    const run = await cochlea('decode', source, '--json', '-o', join(source, 'tone.npy'));
    expect(run.code).toBe(1);
    expect(lines(run)).toMatchObject([{ ok: false, code: expect.stringMatching(/^E(NOTDIR|EXIST)$/) }]);
  });

  test('names with control characters reach the terminal without them', async () => {
    const folder = temporaryFolder();
    const source = writeWav(join(folder, 'a\u001b[31m\rb.wav'));
    const run = await cochlea('decode', source, '-o', join(folder, 'x.npy'));
    expect(run.code).toBe(0);
    expect(run.stdout.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });
});
