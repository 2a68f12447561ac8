import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { fixture } from '../features/signals.js';
import { start, temporaryFolder } from './command.js';
import { writeWav } from './sounds.js';

const demo = fileURLToPath(new URL('../../tools/demo.mjs', import.meta.url));

test('the demo shows each file that it is given, loads it, draws it and its features, encodes it, transcribes it, and has the service decode it', async () => {
  const source = writeWav(join(temporaryFolder(), 'tone.wav'), { sampleRate: 44_100, channels: 2 });
  const { code, stdout } = await start(demo, [source], { COCHLEA_WHISPER: fixture('transcribe/small') }).finished;
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /tone\.wav +wav +pcm_s16le +44100 Hz stereo +\[1452\] +float32 +16000 Hz +0\.091 s +[\d.]+ ms\n/,
  );
  expect(stdout).toMatch(/http:\/\/127\.0\.0\.1:\d+\/0\/tone\.wav +miss +[\d.]+ ms +hit +[\d.]+ ms\n/);
  const pictures = [...stdout.matchAll(/tone\.wav: (\S+\.png)\n/g)].map(([, path]) => path as string);
  expect(pictures.map((path) => existsSync(path))).toEqual([true, true]);
  expect(stdout).toContain('Log-mel features, float32 [1, 128, 3000]:');
  // 10 frames, of which the convolution leaves 5 and the pooling 2.
  expect(stdout).toMatch(/tone\.wav +2 +\[2, 48\] +float32 +[\d.]+ ms\n/);
  expect(stdout).toMatch(/Text of \S+tone\.wav, \w\w, on cpu, [\d.]+ ms:\n/);
  expect(stdout).toMatch(
    /The service at http:\S+ decoded \S+tone\.wav: 200, 1452 frames, 5936 bytes of npy, [\d.]+ ms\n$/,
  );
});

test('without a Whisper, the demo says how to get one', async () => {
  const source = writeWav(join(temporaryFolder(), 'tone.wav'));
  const { code, stdout } = await start(demo, [source], { COCHLEA_WHISPER: '/nowhere' }).finished;
  expect(code).toBe(0);
  expect(stdout).toContain('No transcription: there is no Whisper. docs/guide/transcribing.md says how');
});

test('a file that does not decode is a row with its error, and the exit code is 1', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'empty.ogg'), '');
  const { code, stdout } = await start(demo, [join(folder, 'empty.ogg')]).finished;
  expect(code).toBe(1);
  expect(stdout).toMatch(/empty\.ogg +ERR_AUDIO_EMPTY +\S+/);
});
