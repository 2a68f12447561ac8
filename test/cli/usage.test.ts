import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { versions } from '../../dist/index.js';
import { cochlea, start, temporaryFolder } from './command.js';
import { writeWav } from './sounds.js';

test('--version names the package, FFmpeg and soxr', async () => {
  const { code, stdout } = await cochlea('--version');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^cochlea \d+\.\d+\.\d+.*\nFFmpeg 7\.1.*\nsoxr .*0\.1\.3.*\n$/);
  expect(stdout).toContain(versions().ffmpeg);
});

test.each(['probe', 'decode', 'features', 'embed', 'inspect', 'conformance', 'doctor'])(
  '%s --help ends with examples',
  async (command) => {
    const { code, stdout } = await cochlea(command, '--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`Examples:\\n(  cochlea ${command}.*\\n)+$`));
  },
);

describe('wrong usage exits with 2, says why, and touches nothing', () => {
  test.each([
    [[], 'Usage: cochlea'],
    [['transmogrify', 'a.wav'], "unknown command 'transmogrify'"],
    [['probe'], "missing required argument 'file'"],
    [['decode', 'a.wav'], "required option '-o, --output <path>'"],
    [['decode', 'a.wav', '-o', 'b.wav', '--sample-rate', 'fast'], 'Expected a whole number'],
    [['decode', 'a.wav', '-o', 'b.wav', '--sample-rate', '5'], 'options.sampleRate must be'],
    [['decode', 'a.wav', '-o', 'b.wav', '--channels', '3'], 'Allowed choices are 1, 2, native'],
    [['decode', 'a.wav', '-o', 'b.wav', '--downmix', 'loud'], 'Allowed choices are mean, ffmpeg, first, none'],
    [['decode', 'a.wav', '-o', 'b.wav', '--start', 'soon'], 'Expected a number of seconds'],
    [['decode', 'a.wav', '-o', 'b.wav', '--start', '2', '--end', '1'], 'options.end must be more than'],
    [['decode', 'a.pcm', '-o', 'b.wav', '--raw', 'pcm_s16le'], 'Expected codec:rate:channels'],
    [['decode', 'a.pcm', '-o', 'b.wav', '--raw', 'pcm_s17le:8000:1'], 'options.raw.codec must be'],
    [['decode', 'a.wav', '-o', 'b.m4a'], 'Unknown output format'],
    [['decode', 'a.wav', '-o', 'b.npy', '--format', 'wav'], 'contradicts the extension'],
    [['decode', 'a.wav', '-o', 'b.wav', '--bit-depth', '8'], 'Allowed choices are 16, 24, 32'],
    [['decode', 'a.wav', '-o', 'b.flac', '--bit-depth', '32'], 'flac has 16, 24'],
    [['decode', 'a.wav', '-o', 'b.npy', '--bit-depth', '16'], 'npy is always float32'],
    [['decode', 'a.wav', '-o', 'b.mp3', '--bit-depth', '16'], 'mp3 has a --bit-rate instead'],
    [['decode', 'a.wav', '-o', 'b.mp3', '--bit-rate', '7000'], 'a whole number from 8000 to 320000'],
    [['decode', 'a.wav', '-o', 'b.mp3', '--bit-rate', '64k'], 'Expected a whole number'],
    [['decode', 'a.wav', '-o', 'b.wav', '--bit-rate', '64000'], 'left out for wav, which has bitDepth'],
    [['decode', 'a.wav', '-o', 'b.npy', '--bit-rate', '64000'], 'npy is always float32'],
    [['decode', 'a.wav', 'b.wav', '-o', 'c.npy'], '2 files cannot all become c.npy'],
    [['decode', 'a.wav', 'b.wav', '-o', 'out/'], 'say --format'],
    [['decode', 'a.wav', '-o', 'a.wav'], 'would replace a source'],
    [['decode', 'a.wav', '-o', 'b.wav', '--jobs', '0'], 'Expected at least 1'],
    [['features', 'a.wav', '-o', 'b.wav'], 'one of .npy, .safetensors'],
    [['features', 'a.wav', 'b.wav', '-o', 'c.npy'], 'an npy file holds one array'],
    [['features', 'a.wav', 'a.safetensors', '-o', 'a.safetensors'], 'would replace a source'],
    [['features', 'a.wav', 'b.wav', '-o', 'c.safetensors', '--padding', 'none'], 'give a folder or a pattern'],
    [['features', 'a.wav', 'b.wav', '-o', 'c.safetensors', '--plot', 'c.png'], '2 files cannot all become c.png'],
    [['features', 'a.wav', '-o', 'b.npy', '--mels', '100'], 'Allowed choices are 80, 128'],
    [['features', 'a.wav', '-o', 'b.npy', '--padding', 'some'], 'max_length, longest, none'],
    [['features', 'a.wav', '-o', 'b.npy', '--sample-rate', '8000'], "unknown option '--sample-rate'"],
    [['features', 'a.wav', '-o', 'b.npy', '--device', '999'], 'options.deviceId must be'],
    [['features', 'a.wav', '-o', 'b.npy', '--quality', 'best'], 'Allowed choices are QQ'],
    [['embed', 'a.wav', '-o', 'b.npy'], "required option '-t, --tower <folder>'"],
    [['embed', 'a.wav', '-t', 'm', '-o', 'b.npy', '--dtype', 'bfloat16'], 'NumPy has no bfloat16'],
    [['embed', 'a.wav', '-t', 'm', '-o', 'b.npy', '--overlap', '5'], '--overlap goes with --long windows'],
    [['embed', 'a.wav', '-t', 'm', '-o', 'b.npy', '--long', 'cut'], 'Allowed choices are error, windows, split'],
    [['embed', 'a.wav', '-t', 'm', '-o', 'b.npy', '--provider', 'tpu'], 'Allowed choices are auto, cuda, webgpu'],
    [['embed', 'a.wav', '-t', 'm', '-o', 'b.npy', '--device', '999'], 'options.deviceId must be'],
    [['inspect', 'a.wav', '-o', 'a.png', '--size', 'big'], 'Expected for example 1200x700'],
    [['inspect', 'a.wav', '-o', 'a.png', '--stream', 'x'], 'Expected a whole number'],
  ])('%j', async (args, why) => {
    const { code, stdout, stderr } = await cochlea(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(why);
  });
});

test('a reader that leaves early is no failure', async () => {
  const source = writeWav(join(temporaryFolder(), 'tone.wav'));
  const { child, finished } = start(new URL('../../dist/cli/main.js', import.meta.url).pathname, ['probe', source]);
  child.stdout.destroy();
  expect(await finished).toMatchObject({ code: 0, stderr: '' });
});
