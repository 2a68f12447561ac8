// The commands of docs/guide/serving.md that ask a service, as they stand there.
import { type ChildProcess, execFile } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decode, readSafetensors } from '../../dist/index.js';
import { program, start } from '../cli/command.js';
import { slowness } from '../safe/outcome.js';
import { towerFolder } from '../tower/reference.js';
import { speech, speechFile } from './service.js';

const run = promisify(execFile);
const page = readFileSync(new URL('../../docs/guide/serving.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)]
  .map(([, text = '']) => text)
  .filter((text) => text.includes('curl') && text.includes('localhost:8080'));

/** 289 frames of 10 ms, of which the convolution leaves 145 and the pooling 72. */
const tokens = 72;
const key = '0123456789abcdef';
const folder = mkdtempSync(join(tmpdir(), 'cochlea-guide-'));
let service: ChildProcess;
let address: string;
const web = createServer((_, response) => response.writeHead(200, { 'content-type': 'audio/mpeg' }).end(speech));

beforeAll(async () => {
  copyFileSync(speechFile, join(folder, 'talk.mp3'));
  writeFileSync(join(folder, 'keys.txt'), `${key}\n`);
  // An answer that is no success ends the command: the page has none of those.
  writeFileSync(join(folder, '.curlrc'), 'fail-with-body\n');
  await once(web.listen(0, '127.0.0.1'), 'listening');
  const fetching = ['--allow-http', '--allow-private'];
  const args = ['serve', '--port', '0', '--tower', towerFolder('qwen2-audio'), '--transfer', 'file', ...fetching];
  const { child } = start(program, args);
  service = child;
  let said = '';
  while (!said.includes('listening on ')) said += (await once(child.stderr, 'data'))[0];
  address = /http:\/\/(\S+)/.exec(said)?.[1] ?? '';
  while ((await fetch(`http://${address}/health/ready`)).status !== 200);
}, 60_000 * slowness);

afterAll(() => {
  service.kill();
  web.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs commands with the service in place of port 8080, and our web server in place of example.com. */
async function shell(commands: string): Promise<string> {
  const origin = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
  const text = commands.replaceAll('localhost:8080', address).replaceAll('https://example.com', origin);
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', text], {
    cwd: folder,
    env: { ...process.env, CURL_HOME: folder },
  });
  return stdout;
}

const file = (name: string): Buffer => readFileSync(join(folder, name));
const block = (part: string): string => {
  const found = blocks.filter((text) => text.includes(part));
  expect(found).toHaveLength(1);
  return found[0] ?? '';
};

test('every command of the page is run by one of these tests', () => {
  const parts = ['> talk.wav', '> talk.npy', 'features.npy', '> embeddings.json', 'ndjson', '> descriptor.json'];
  const found = new Set([...parts, '> vector.json', '/v1/models', '/metrics'].map(block));
  expect(blocks.filter((text) => !found.has(text))).toEqual([]);
});

test('decode: a body and a form', async () => {
  await shell(block('> talk.wav'));
  const wav = await decode(file('talk.wav'));
  expect(wav).toMatchObject({ sampleRate: 16_000, channels: 1 });
  const expected = await decode(speech, { sampleRate: 16_000, channels: 1 });
  expect(wav.data).toEqual(expected.data);
  expect(await decode(file('talk.flac'))).toMatchObject({ sampleRate: 16_000, frames: expected.frames });
});

test('decode: an address and base64', async () => {
  await shell(block('> talk.npy'));
  expect((await decode(file('second.wav'))).duration).toBeCloseTo(1, 6);
  expect(file('talk.npy').subarray(1, 6).toString()).toBe('NUMPY');
});

test('features', async () => {
  await shell(block('features.npy'));
  const { tensors } = readSafetensors(file('talk.safetensors'));
  expect(tensors.input_features?.shape).toEqual([1, 128, 3000]);
  expect(tensors.feature_attention_mask?.shape).toEqual([1, 3000]);
  // 46095 samples, of which every 160th begins a frame.
  expect(file('features.npy').toString('latin1')).toMatch(/'shape': \(1, 128, 28[89]\)/);
});

test('embeddings: safetensors and JSON', async () => {
  await shell(block('> embeddings.json'));
  const { tensors } = readSafetensors(file('embeddings.safetensors'));
  expect(Object.keys(tensors)).toEqual(['0', '1']);
  expect(tensors['1']?.shape).toEqual([tokens, 48]);
  const { data } = JSON.parse(`${file('embeddings.json')}`);
  expect(Buffer.from(data[0].embedding, 'base64')).toHaveLength(tokens * 48 * 4);
});

test('embeddings: lines', async () => {
  await shell(block('ndjson'));
  const lines = `${file('lines.ndjson')}`.trim().split('\n');
  const parsed = lines.map((line) => JSON.parse(line));
  expect(parsed.slice(0, 2).map(({ id }) => id)).toEqual(expect.arrayContaining(['a', 'b']));
  expect(parsed[2]).toMatchObject({ summary: { items: 2, failed: 0, tokens: 2 * tokens } });
});

test('embeddings: handed over by a file', async () => {
  await shell(block('> descriptor.json'));
  const { data } = JSON.parse(`${file('descriptor.json')}`);
  expect(readSafetensors(readFileSync(data[0].transfer.path)).tensors.ec_cache?.shape).toEqual([tokens, 48]);
});

test('one vector', async () => {
  await shell(block('> vector.json'));
  const vector: number[] = JSON.parse(`${file('vector.json')}`).data[0].embedding;
  expect([vector.length, Math.hypot(...vector)]).toEqual([48, expect.closeTo(1, 5)]);
});

test('models, and metrics: each that the page names is there', async () => {
  expect(JSON.parse(await shell(block('/v1/models')))).toMatchObject({ data: [{ id: 'qwen2-audio' }] });
  const metrics = await shell(block('/metrics'));
  const named = [...page.matchAll(/`(cochlea_\w+)`/g)].map(([, name = '']) => name);
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((name) => !metrics.includes(`# TYPE ${name} `))).toEqual([]);
  const there = [...metrics.matchAll(/^# TYPE (cochlea_\w+) /gm)].map(([, name = '']) => name);
  expect(there.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

test('every option of the page is one of the command', async () => {
  const { stdout } = await start(program, ['serve', '--help']).finished;
  const serving = page.slice(page.indexOf('## Keys'), page.indexOf('## Containers'));
  const named = [...serving.matchAll(/`(--[a-z-]+)/g)].map(([, name = '']) => name);
  expect(named.length).toBeGreaterThan(8);
  expect(named.filter((name) => !stdout.includes(`  ${name} `))).toEqual([]);
});
