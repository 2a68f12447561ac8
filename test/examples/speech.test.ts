import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { parseSrt } from '../../dist/openai/index.js';
import { start, temporaryFolder } from '../cli/command.js';
import { freePort } from '../free_port.js';
import { wholeTranscript, writeRecording } from '../openai/scripted.js';
import { audioServer, json, openai } from '../openai/server.js';
import { toneWav } from '../safe/sounds.js';

const example = (name: string): string => fileURLToPath(new URL(`../../examples/${name}.mjs`, import.meta.url));

test('subtitles.mjs writes the subtitles of a long recording, and of what succeeded', async () => {
  const folder = temporaryFolder();
  const [talk, output] = [join(folder, 'talk.wav'), join(folder, 'talk.srt')];
  writeRecording(talk, 9, 1300);
  await using server = await audioServer();
  const { code, stdout } = await start(example('subtitles'), [talk, output, server.url, 'mine']).finished;
  expect([code, stdout.trim().split('\n').length]).toEqual([0, 3]);
  const said = parseSrt(readFileSync(output, 'utf8')).map(({ text }) => text);
  expect(said.join(' ')).toBe(wholeTranscript(9, 1300).text);

  await using failing = await audioServer((upload, response, i) =>
    i === 1 ? json(response, {}, 400) : openai(upload, response, i),
  );
  const partial = await start(example('subtitles'), [talk, output, failing.url, 'mine']).finished;
  expect([partial.code, partial.stderr]).toEqual([1, expect.stringMatching(/^missing: .* answers 400\n$/)]);
  expect(parseSrt(readFileSync(output, 'utf8')).length).toBeLessThan(said.length);
});

test('speech-engine.mjs is an engine of your own behind the API', async () => {
  const port = await freePort();
  const { child, finished } = start(example('speech-engine'), [`${port}`]);
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  const form = new FormData();
  form.append('file', new Blob([toneWav(2.5)]), 'tone.bin');
  form.append('model', 'loudness');
  form.append('response_format', 'srt');
  const response = await fetch(`http://127.0.0.1:${port}/v1/audio/transcriptions`, { method: 'POST', body: form });
  const cues = parseSrt(await response.text());
  expect(cues.map(({ end, text }) => [end, text.replace(/-?\d+/, 'N')])).toEqual([
    [1, 'N dB'],
    [2, 'N dB'],
    [2.5, 'N dB'],
  ]);
  child.kill('SIGTERM');
  expect((await finished).code).toBe(0);
});
