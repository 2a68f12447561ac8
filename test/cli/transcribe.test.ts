import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { decode } from '../../dist/index.js';
import { parseSrt } from '../../dist/openai/index.js';
import { wholeTranscript, writeRecording } from '../openai/scripted.js';
import { audioServer, json, openai } from '../openai/server.js';
import { fixtures } from '../tower/reference.js';
import { program, start, temporaryFolder } from './command.js';

const seconds = 120;
const whole = wholeTranscript(5, seconds);

/** Without the key and the server of whoever runs the tests. */
const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  start(program, args, { OPENAI_API_KEY: '', OPENAI_BASE_URL: '', ...env });

function recording(): { folder: string; talk: string } {
  const folder = temporaryFolder();
  const talk = join(folder, 'talk.wav');
  writeRecording(talk, 5, seconds);
  return { folder, talk };
}

test('a long file to subtitles, in parts; the key comes from the environment', async () => {
  await using server = await audioServer();
  const { folder, talk } = recording();
  const output = join(folder, 'talk.srt');
  const args = ['transcribe', talk, '--output', output, '--base-url', server.url, '--part-seconds', '30'];
  const { code, stdout, stderr } = await run(args, { OPENAI_API_KEY: 'sk-secret' }).finished;
  expect([code, stdout, stderr]).toEqual([0, '', `${talk} → ${output}\n`]);
  const cues = parseSrt(readFileSync(output, 'utf8'));
  expect(cues.map(({ text }) => text).join(' ')).toBe(whole.text);
  expect(server.uploads.length).toBeGreaterThanOrEqual(4);
  expect(server.uploads.every(({ authorization }) => authorization === 'Bearer sk-secret')).toBe(true);
  // Nothing is left beside it.
  expect(readdirSync(folder).toSorted()).toEqual(['talk.srt', 'talk.wav']);
});

test('text to standard output; words in verbose_json; a translation; several files', async () => {
  await using server = await audioServer();
  const { folder, talk } = recording();
  const common = ['--base-url', server.url, '--part-seconds', '30'];
  expect((await run(['transcribe', talk, ...common]).finished).stdout).toBe(`${whole.text}\n`);
  const verbose = await run(['transcribe', talk, ...common, '--format', 'verbose_json', '--words']).finished;
  const { words, segments, duration } = JSON.parse(verbose.stdout);
  expect([words.length, segments.length, duration]).toEqual([whole.words.length, whole.segments, seconds]);
  const translated = await run(['transcribe', talk, ...common, '--translate']).finished;
  expect(translated.stdout).toBe(`${whole.text}\n`);
  expect(server.uploads.at(-1)?.route).toBe('/v1/audio/translations');
  const speech = join(fixtures, 'speech/speech.mp3');
  const several = await run([
    'transcribe',
    talk,
    speech,
    ...common,
    '--format',
    'vtt',
    '--output',
    `${folder}/out/`,
    '--json',
  ]).finished;
  expect(
    several.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toMatchObject([
    { file: talk, ok: true, output: `${folder}/out/talk.vtt` },
    { file: speech, ok: true, output: `${folder}/out/speech.vtt`, parts: 1 },
  ]);
});

test('interrupted: the same command goes on, and asks for nothing twice', async () => {
  const { folder, talk } = recording();
  const output = join(folder, 'talk.json');
  let stall = true;
  await using server = await audioServer((upload, response, i) =>
    stall && i >= 2 ? undefined : openai(upload, response, i),
  );
  const args = [
    'transcribe',
    talk,
    '--output',
    output,
    '--base-url',
    server.url,
    '--part-seconds',
    '30',
    '--concurrency',
    '1',
  ];
  const first = run(args);
  while (server.uploads.length < 3) await sleep(10);
  first.child.kill('SIGINT');
  expect((await first.finished).code).toBe(130);
  expect(existsSync(output)).toBe(false);
  expect(readdirSync(folder)).toContain('.talk.json.parts');
  stall = false;
  const before = server.uploads.length;
  const second = await run(args).finished;
  expect([second.code, second.stderr]).toEqual([0, expect.stringMatching(/going on: .* are done already\n/)]);
  expect(JSON.parse(readFileSync(output, 'utf8'))).toMatchObject({ text: whole.text });
  const all = server.uploads.slice(before).map(({ bytes }) => Buffer.from(bytes).toString('base64'));
  const done = server.uploads.slice(0, 2).map(({ bytes }) => Buffer.from(bytes).toString('base64'));
  expect(all.some((each) => done.includes(each))).toBe(false);
  expect(readdirSync(folder).toSorted()).toEqual(['talk.json', 'talk.wav']);
});

test('kept parts of another model, or another file, are not used', async () => {
  const { folder, talk } = recording();
  await using server = await audioServer((upload, response, i) =>
    i === 2 ? json(response, { error: { message: 'no' } }, 400) : openai(upload, response, i),
  );
  const args = [
    'transcribe',
    talk,
    '--output',
    join(folder, 'talk.txt'),
    '--base-url',
    server.url,
    '--part-seconds',
    '30',
    '--concurrency',
    '1',
  ];
  const failed = await run(args).finished;
  expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining('ERR_TRANSCRIPT_PARTIAL')]);
  expect(failed.stderr).toContain('run the same command again');
  const before = server.uploads.length;
  expect((await run([...args, '--model', 'another']).finished).code).toBe(0);
  expect(server.uploads.length - before).toBeGreaterThanOrEqual(4);
});

test('mistakes: before anything is sent', async () => {
  const { talk } = recording();
  const usage = async (...args: string[]) => {
    const { code, stderr } = await run(args).finished;
    return [code, stderr.split('\n')[0]];
  };
  expect(await usage('transcribe', talk)).toEqual([
    2,
    'error: OpenAI needs a key: set OPENAI_API_KEY, or name another server with --base-url',
  ]);
  expect(await usage('transcribe', talk, '--base-url', 'localhost:8000')).toEqual([
    2,
    expect.stringContaining('must be an http: or https: address'),
  ]);
  expect(await usage('transcribe', talk, '--words', '--base-url', 'http://127.0.0.1:9')).toEqual([
    2,
    'error: --words goes with --format verbose_json',
  ]);
  expect(await usage('speak', 'Hello', '--output', 'a.xyz', '--base-url', 'http://127.0.0.1:9')).toEqual([
    2,
    expect.stringContaining('Unknown output format'),
  ]);
});

test('speech: a file is what its name says, whatever the server gives', async () => {
  const wav = readFileSync(join(fixtures, 'speech/speech.wav'));
  await using server = await audioServer(
    (_, response) => void response.writeHead(200, { 'content-type': 'audio/wav' }).end(wav),
  );
  const output = join(temporaryFolder(), 'hello.flac');
  const args = ['speak', 'Hello.', '--output', output, '--base-url', server.url, '--voice', 'nova', '--speed', '1.5'];
  expect(await run(args).finished).toEqual({ code: 0, stdout: '', stderr: '' });
  expect((await decode(output)).source.container).toBe('flac');
  expect(server.uploads[0]?.fields).toMatchObject({
    model: 'tts-1',
    input: 'Hello.',
    voice: 'nova',
    speed: 1.5,
    response_format: 'flac',
  });
});
