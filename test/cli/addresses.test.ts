import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FeatureExtractor } from '../../dist/features/index.js';
import { decode, readSafetensors } from '../../dist/index.js';
import { cochlea, lines, temporaryFolder } from './command.js';

const speech = fileURLToPath(new URL('../fixtures/speech/speech.mp3', import.meta.url));
const own = ['--allow-http', '--allow-private'];
let base: string;
const server = createServer((request, response) => {
  if (request.url?.startsWith('/missing')) response.writeHead(404).end();
  else response.end(readFileSync(speech));
});
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

test('decode fetches an address, and names the result as a browser would', async () => {
  const folder = temporaryFolder();
  const rate = ['--sample-rate', '16000', '--format', 'f32', '--output', `${folder}/`, '--json'];
  const run = await cochlea('decode', ...own, `${base}/talks/speech.mp3?token=1`, ...rate);
  expect({ code: run.code, stderr: run.stderr }).toEqual({ code: 0, stderr: '' });
  expect(lines(run)[0]).toMatchObject({ ok: true, output: join(folder, 'speech.f32'), sampleRate: 16_000 });
  const { data } = await decode(speech, { sampleRate: 16_000 });
  expect(readFileSync(join(folder, 'speech.f32')).equals(Buffer.from(data.buffer, 0, data.byteLength))).toBe(true);
});

test('an address without a name gives that of its host', async () => {
  const folder = temporaryFolder();
  const run = await cochlea('decode', ...own, `${base}/`, '--format', 'f32', '--output', `${folder}/`, '--json');
  expect(lines(run)[0]).toMatchObject({ output: join(folder, '127.0.0.1.f32') });
});

test('features of an address', async () => {
  const output = join(temporaryFolder(), 'a.safetensors');
  const run = await cochlea('features', ...own, `${base}/a.mp3?token=1`, '--output', output);
  expect(run.code).toBe(0);
  const { tensors, metadata } = readSafetensors(readFileSync(output));
  // Whoever gets the file gets no secrets of the address.
  expect(JSON.parse(metadata.files ?? '')).toEqual([`${base}/a.mp3`]);
  const audio = await decode(speech, { sampleRate: 16_000 });
  const { inputFeatures } = await FeatureExtractor.whisper({ mels: 128 }).extract(audio);
  expect(tensors.input_features).toEqual(inputFeatures);
});

test('probe reads addresses and files alike', async () => {
  const run = await cochlea('probe', '--json', ...own, `${base}/a`, speech);
  expect(run.code).toBe(0);
  expect(lines(run).map(({ codec }) => codec)).toEqual(['mp3', 'mp3']);
});

test('inspect draws an address', async () => {
  const output = join(temporaryFolder(), 'a.png');
  const run = await cochlea('inspect', ...own, `${base}/a.mp3`, '--output', output);
  expect(run).toMatchObject({ code: 0, stdout: `${output}\n` });
  expect(readFileSync(output).subarray(1, 4).toString()).toBe('PNG');
});

test.each([
  ['http', [], 'ERR_FETCH_REFUSED', /--allow-http/],
  ['a private address', ['--allow-http'], 'ERR_FETCH_REFUSED', /--allow-private/],
  ['what is not there', own, 'ERR_FETCH_FAILED', /404/],
])('%s is refused with what to do', async (_, flags, code, text) => {
  const run = await cochlea('probe', `${base}/missing`, ...flags);
  expect(run.code).toBe(1);
  expect(run.stderr).toContain(code);
  expect(run.stderr).toMatch(text);
});
