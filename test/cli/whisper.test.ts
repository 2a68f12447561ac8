// `cochlea transcribe --whisper` and `cochlea serve --whisper`. The weights are random, and so is the text: it must be the
// one that the transcriber itself gives.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decode, encode } from '../../dist/index.js';
import { renderTranscript, type Transcript } from '../../dist/openai/index.js';
import { Transcriber, type Transcription } from '../../dist/transcribe/index.js';
import { fixture, noise, rate } from '../features/signals.js';
import { towerFolder } from '../tower/reference.js';
import { cochlea, program, start, temporaryFolder } from './command.js';
import { serving } from './serving.js';
import { writeSilence, writeWav } from './sounds.js';

const folder = fixture('transcribe/small');
const recordings = mkdtempSync(join(tmpdir(), 'cochlea-whisper-'));
/** Of which the model makes several segments. */
const speech = join(recordings, 'speech.flac');
const whisper = ['--whisper', folder, '--provider', 'cpu'] as const;
let said: Transcription;
/** With times of words, after which the next window may begin elsewhere. */
let timed: Transcription;

beforeAll(async () => {
  writeFileSync(speech, await encode({ data: noise(6 * rate, 3), sampleRate: rate }, { format: 'flac' }));
  await using transcriber = await Transcriber.load(folder, { provider: 'cpu' });
  const audio = await decode(speech, { sampleRate: 16_000, channels: 1 });
  said = await transcriber.transcribe(audio);
  timed = await transcriber.transcribe(audio, { timestamps: 'word' });
  expect(said.segments.length).toBeGreaterThan(1);
});
afterAll(() => rmSync(recordings, { recursive: true }));

const rendered = (format: 'text' | 'srt' | 'vtt') =>
  renderTranscript({ ...said, text: said.text.trim() } as Transcript, format);

test('text to standard output, without a key; what was loaded is said beside it', async () => {
  const { child, finished } = start(program, ['transcribe', '-', ...whisper], { OPENAI_API_KEY: '' });
  child.stdin.end(readFileSync(speech));
  expect(await finished).toMatchObject({ code: 0, stdout: `${rendered('text')}\n` });
  expect((await finished).stderr).toMatch(/transcribe\/small: Whisper, \w+, .*, on cpu\n/);
});

test('several files to subtitles, together', async () => {
  const out = join(temporaryFolder(), 'out');
  const tone = writeWav(join(temporaryFolder(), 'tone.wav'), { sampleRate: 44_100, channels: 2 });
  const args = ['transcribe', speech, tone, ...whisper, '--output', `${out}/`, '--format', 'srt', '--json'];
  const { code, stdout } = await cochlea(...args);
  const rows = stdout.trim().split('\n');
  expect([code, rows.map((line) => JSON.parse(line))]).toMatchObject([
    0,
    [
      { file: speech, ok: true, output: join(out, 'speech.srt'), language: said.language, seconds: said.duration },
      { file: tone, ok: true, output: join(out, 'tone.srt'), format: 'srt' },
    ],
  ]);
  expect(readFileSync(join(out, 'speech.srt'), 'utf8')).toBe(rendered('srt'));
});

test('words in verbose_json, a translation, pieces, and a file that is none', async () => {
  const verbose = await cochlea('transcribe', speech, ...whisper, '--format', 'verbose_json', '--words');
  const { text, words, segments } = JSON.parse(verbose.stdout);
  expect(text).toBe(timed.text.trim());
  expect(words).toEqual(timed.words?.map(({ word, start, end }) => ({ word, start, end })));
  expect(segments.length).toBe(timed.segments.length);
  const json = await cochlea('transcribe', speech, ...whisper, '--format', 'json', '--windows', 'parallel');
  expect(JSON.parse(json.stdout)).toEqual({ text: said.text.trim(), usage: { type: 'duration', seconds: 6 } });
  const english = await cochlea('transcribe', speech, ...whisper, '--translate', '--prompt', 'the dog');
  expect([english.code, english.stdout.length > 1]).toEqual([0, true]);
  expect(english.stdout).not.toBe(`${rendered('text')}\n`);
  const none = join(temporaryFolder(), 'none.wav');
  writeFileSync(none, 'This is no audio at all, is it?');
  const failed = await cochlea('transcribe', none, ...whisper);
  expect([failed.code, failed.stdout]).toEqual([1, '']);
  expect(failed.stderr).toContain('ERR_AUDIO_UNSUPPORTED_CONTAINER');
});

test('mistakes', async () => {
  const usage = async (...args: string[]) => {
    const { code, stderr } = await cochlea('transcribe', speech, ...args);
    return [code, stderr];
  };
  const wrong = (message: string) => [2, expect.stringContaining(`error: ${message}`)];
  expect(await usage(...whisper, '--base-url', 'http://127.0.0.1:9')).toEqual(wrong('--base-url is for a server'));
  expect(await usage(...whisper, '--model', 'whisper-1')).toEqual(wrong('--model is for a server'));
  expect(await usage('--no-vad', '--base-url', 'http://127.0.0.1:9')).toEqual(wrong('--no-vad goes with --whisper'));
  expect(await usage(...whisper, '--language', 'xx')).toEqual(wrong('options.language must be a code'));
  expect(await usage('--whisper', join(folder, 'model.onnx'))).toEqual(wrong('--whisper must be the folder'));
  const alone = [1, expect.stringMatching(/^cochlea: ERR_MODEL_INVALID: .* holds an encoder alone: export the whole/)];
  expect(await usage('--whisper', towerFolder('whisper'))).toEqual(alone);
});

test('interrupted: it ends after the step that runs, writes nothing, and exits with 130', async () => {
  const own = temporaryFolder();
  const source = writeSilence(join(own, 'long.wav'), 3600);
  const { child, finished } = start(program, ['transcribe', source, ...whisper, '--output', join(own, 'long.txt')]);
  // Said when it is loaded: the work begins.
  child.stderr.once('data', () => setTimeout(() => child.kill('SIGINT'), 1000));
  expect((await finished).code).toBe(130);
  expect(readdirSync(own)).toEqual(['long.wav']);
});

test('a service: not ready until it is loaded, then OpenAI’s routes', async () => {
  const { url, said: log, stop } = await serving('--whisper', folder, '--provider', 'cpu');
  expect(log).toContain('/v1/audio/transcriptions');
  for (;;) {
    const { status } = await fetch(`${url}/health/ready`);
    if (status === 200) break;
    expect(status).toBe(503);
  }
  expect(await (await fetch(`${url}/v1/models`)).json()).toMatchObject({ data: [{ id: 'small' }] });
  for (const model of ['small', 'whisper-1']) {
    const body = new FormData();
    body.append('file', new Blob([readFileSync(speech)]), 'a.flac');
    body.append('model', model);
    body.append('response_format', 'vtt');
    const response = await fetch(`${url}/v1/audio/transcriptions`, { method: 'POST', body });
    expect([response.status, await response.text()]).toEqual([200, rendered('vtt')]);
  }
  expect((await stop()).code).toBe(0);
});

test('a service whose Whisper is not there, or an encoder alone: the error, and 1', async () => {
  for (const [path, message] of [
    ['/nowhere', 'ERR_MODEL_INVALID'],
    [towerFolder('whisper'), 'holds an encoder alone'],
  ]) {
    const finished = await cochlea('serve', '--port', '0', '--whisper', path as string, '--log-level', 'silent');
    expect([finished.code, finished.stderr]).toEqual([1, expect.stringContaining(message as string)]);
  }
  const both = await cochlea('serve', '--whisper', folder, '--upstream', 'http://127.0.0.1:9');
  expect([both.code, both.stderr.split('\n')[0]]).toEqual([2, 'error: --whisper goes in place of --upstream']);
});
