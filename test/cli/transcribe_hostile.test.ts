import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { wholeTranscript, writeRecording } from '../openai/scripted.js';
import { audioServer, openai } from '../openai/server.js';
import { program, start, temporaryFolder } from './command.js';

/** Kept parts that are cut or forged, outputs that cannot be written, interrupts, and damaged audio. */

const seconds = 120;
const whole = wholeTranscript(5, seconds);
const run = (args: readonly string[]) => start(program, args, { OPENAI_API_KEY: '', OPENAI_BASE_URL: '' });

function recording(): { folder: string; talk: string } {
  const folder = temporaryFolder();
  const talk = join(folder, 'talk.wav');
  writeRecording(talk, 5, seconds);
  return { folder, talk };
}

/** A run that was interrupted behind its second part: what it kept. `again`: the server stalls there the next time, too. */
async function interrupted({ again = false } = {}) {
  const { folder, talk } = recording();
  let stall = true;
  const server = await audioServer((upload, response, i) =>
    stall && i >= 2 ? undefined : openai(upload, response, i),
  );
  const output = join(folder, 'talk.srt');
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
  stall = again;
  server.uploads.length = 0;
  return {
    server,
    folder,
    output,
    args,
    kept: join(folder, '.talk.srt.parts'),
    dispose: () => server[Symbol.asyncDispose](),
  };
}

test('kept parts that are cut or forged are asked for again', async () => {
  const { server, output, args, kept, dispose } = await interrupted();
  const [line = '', second = ''] = readFileSync(kept, 'utf8').trim().split('\n');
  expect(statSync(kept).mode & 0o777).toBe(0o600);
  const part = JSON.parse(line);
  const forged = [
    { ...part, transcript: {} },
    { ...part, transcript: null },
    { ...part, transcript: { text: 5, duration: 1 } },
    { ...part, transcript: { ...part.transcript, segments: [null] } },
    { ...part, transcript: { ...part.transcript, segments: [{ start: 5, end: 1, text: 'a' }] } },
    { ...part, transcript: { ...part.transcript, words: 'a' } },
    null,
    5,
    { ...part, asked: 'something else' },
  ];
  writeFileSync(kept, `${forged.map((each) => JSON.stringify(each)).join('\n')}\n${second.slice(0, -20)}`);
  const { code, stderr } = await run(args).finished;
  expect([code, stderr]).toEqual([0, expect.not.stringContaining('going on')]);
  expect(readFileSync(output, 'utf8').match(/w\d+/g)).toEqual(whole.words.map(({ word }) => word));
  expect(server.uploads.length).toBeGreaterThanOrEqual(4);
  expect(existsSync(kept)).toBe(false);
  await dispose();
});

test('behind a line that was cut, the next one is whole', async () => {
  const { server, args, kept, dispose } = await interrupted({ again: true });
  truncateSync(kept, statSync(kept).size - 10);
  const again = run(args);
  // The part whose line was cut, the next one, and one that is never answered.
  while (server.uploads.length < 3) await sleep(2);
  again.child.kill('SIGINT');
  await again.finished;
  const lines = readFileSync(kept, 'utf8').trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).index)).toEqual([0, 1, 2]);
  await dispose();
});

test('a link in place of kept parts is not followed', async () => {
  const { folder, talk } = recording();
  const precious = join(folder, 'precious');
  writeFileSync(precious, 'mine');
  symlinkSync(precious, join(folder, '.talk.txt.parts'));
  await using server = await audioServer();
  const output = join(folder, 'talk.txt');
  expect((await run(['transcribe', talk, '--output', output, '--base-url', server.url]).finished).code).toBe(0);
  expect([readFileSync(precious, 'utf8'), lstatSync(precious).isFile()]).toEqual(['mine', true]);
});

test('an output that cannot be written is the reason that is given', async () => {
  const { folder, talk } = recording();
  await using server = await audioServer();
  const common = ['--base-url', server.url, '--json', '--format', 'txt'];
  writeFileSync(join(folder, 'file'), '');
  const below = await run(['transcribe', talk, '--output', join(folder, 'file/below.txt'), ...common]).finished;
  expect([below.code, JSON.parse(below.stdout)]).toMatchObject([
    1,
    { ok: false, code: expect.stringMatching(/^E(EXIST|NOTDIR)/) },
  ]);
  const full = await run(['transcribe', talk, '--output', '/dev/full', ...common]).finished;
  expect([full.code, JSON.parse(full.stdout)]).toMatchObject([1, { ok: false, code: 'ENOSPC' }]);
  expect(readdirSync('/dev').filter((name) => name.endsWith('.parts'))).toEqual([]);
});

test('damage is said', async () => {
  const { folder, talk } = recording();
  const cut = join(folder, 'cut.wav');
  writeFileSync(cut, readFileSync(talk).subarray(0, -32_000));
  await using server = await audioServer();
  const text = await run(['transcribe', cut, '--base-url', server.url]).finished;
  expect([text.code, text.stderr]).toEqual([
    0,
    expect.stringContaining('damaged audio: it ends before its stated end'),
  ]);
  const output = join(folder, 'cut.txt');
  const json = await run(['transcribe', cut, '--base-url', server.url, '--output', output, '--json']).finished;
  expect(JSON.parse(json.stdout)).toMatchObject({ ok: true, damage: { truncated: true } });
});

test('Ctrl-C while `speak -` waits for its text', async () => {
  const folder = temporaryFolder();
  const speaking = run(['speak', '-', '--output', join(folder, 'a.wav'), '--base-url', 'http://127.0.0.1:9']);
  speaking.child.stdin?.write('Good ');
  await sleep(1500);
  speaking.child.kill('SIGINT');
  expect((await speaking.finished).code).toBe(130);
});

test('speech that the server does not give: whose fault it is', async () => {
  const folder = temporaryFolder();
  await using server = await audioServer((_, response) => {
    response.writeHead(200, { 'content-type': 'audio/wav', 'content-length': '9000' }).write('RIFF');
    setTimeout(() => response.destroy(), 20);
  });
  const { code, stderr } = await run(['speak', 'a', '--output', join(folder, 'a.wav'), '--base-url', server.url])
    .finished;
  expect([code, stderr]).toEqual([1, expect.stringContaining('ERR_SERVICE_FAILED')]);
  expect(readdirSync(folder)).toEqual([]);
});
