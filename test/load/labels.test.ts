import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CochleaError } from '../../dist/index.js';
import { AudioLoader, type LoadSource } from '../../dist/load/index.js';
import { label } from '../../dist/load/source/label.js';
import { random } from '../decode/pieces.js';
import { localLoader, serve, type TestServer } from './cache_server.js';

/** What is told about a source in labels, errors and events: bounded, plain, and nothing secret. */

const seed = 20_251_126;
const pick = random(seed);
const folder = mkdtempSync(join(tmpdir(), 'cochlea-labels-'));
let server: TestServer;
beforeAll(async () => {
  server = await serve((request, response) => {
    if (request.url?.startsWith('/missing')) response.statusCode = 404;
    if (request.url?.startsWith('/torn')) return response.socket?.resetAndDestroy();
    response.end('no audio');
  });
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await server.close();
});

const plain = (text: string): void => {
  expect(text.length).toBeGreaterThan(0);
  expect(text.length).toBeLessThanOrEqual(120);
  expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
};

test('labels are short and plain, whatever they are made of', () => {
  const nasty = fc.constantFrom(
    '\n',
    '\r',
    '\u202e',
    '\u2066',
    '\u200f',
    '\u0000',
    '\u001b[31m',
    '\u2028',
    '\ud83d',
    '😀',
    '\u200b',
    '\ufeff',
  );
  const text = fc.array(fc.oneof(fc.string({ unit: 'binary' }), nasty, fc.constant('x'.repeat(119))), { minLength: 1 });
  fc.assert(
    fc.property(text, (parts) => {
      if (parts.join('') !== '') plain(label(parts.join('')));
    }),
    { seed, numRuns: 2000 },
  );
});

const secret = (): string => `SECRET${pick(1e8, 1e9)}`;

/** Sources that hold a secret in every place that is nobody's business; all of them fail. */
const sources: [string, (secret: string) => LoadSource][] = [
  ['query', (s) => `${server.origin}/sound?token=${s}`],
  ['query of an answer 404', (s) => `${server.origin}/missing?token=${s}`],
  ['query of a torn connection', (s) => `${server.origin}/torn?token=${s}`],
  ['query of nobody', (s) => `http://127.0.0.1:1/sound?token=${s}`],
  ['query as URL', (s) => new URL(`${server.origin}/sound?${s}`)],
  ['fragment', (s) => `${server.origin}/sound#${s}`],
  ['password', (s) => `https://user:${s}@example.com/sound`],
  ['user name', (s) => `https://${s}@example.com/sound`],
  ['password of an address that cannot be read', (s) => `https://user:${s}@exa mple.com/`],
  ['password of another scheme', (s) => `ftp://user:${s}@example.com/sound`],
  ['password of an unknown scheme', (s) => `weird://user:${s}@example.com/sound`],
  ['password inside of blob:', (s) => `blob:https://user:${s}@example.com/1`],
  ['password inside of view-source:', (s) => `view-source:https://user:${s}@example.com/1`],
  ['password without a scheme', (s) => `user:${s}@example.com`],
  ['password without a scheme and path', (s) => `us_er:${s}@example.com/sound?x`],
  ['query without a scheme', (s) => `example.com/sound?token=${s}`],
  ['query of a relative address', (s) => `//example.com/sound?token=${s}`],
  ['query of a port that is none', (s) => `https://example.com:99999/sound?token=${s}`],
  ['query of a private host', (s) => `http://10.0.0.1/sound?token=${s}`],
  ['query of a long address', (s) => `https://example.com/?${'x'.repeat(20_000)}${s}`],
  ['data URL', (s) => `data:audio/wav;base64,${Buffer.from(s).toString('base64')}`],
  ['data URL that is not base64', (s) => `data:audio/wav,${s}`],
  ['data URL with bad base64', (s) => `data:audio/wav;base64,${s}***`],
  ['data URL without a comma', (s) => `data:${s}`],
  ['data URL after a space', (s) => ` data:audio/wav;base64,${s}***`],
  ['data URL as URL', (s) => new URL(`data:audio/wav,${s}`)],
  ['parameter of a data URL', (s) => `data:audio/wav;name=${s};base64,AAAA`],
  ['data URL that is broken by a line', (s) => `da\nta:audio/wav;base64,${s}`],
  ['base64 alone', (s) => s.repeat(500)],
  ['query of a data URL', (s) => `data:audio/wav;base64,AAAA?${s}`],
  ['part', (s) => ({ type: 'input_audio', input_audio: { data: Buffer.from(s).toString('base64') } })],
  ['part with bad base64', (s) => ({ type: 'input_audio', input_audio: { data: `${s}***`, format: 'wav' } })],
  ['part with a data URL', (s) => ({ type: 'input_audio', input_audio: { data: `data:audio/wav;base64,${s}` } })],
  ['part with an address', (s) => ({ type: 'audio_url', audio_url: { url: `https://user:${s}@example.com/` } })],
  ['malformed part', (s) => ({ type: 'audio_url', audio_url: { href: s } }) as unknown as LoadSource],
  ['bytes', (s) => Buffer.from(s)],
  ['blob', (s) => new Blob([s])],
  ['stream', (s) => Readable.from([Buffer.from(s)])],
  ['folder of a path', (s) => `/${s}/sound.wav`],
  ['folder of a file: URL', (s) => `file:///${s}/sound.wav`],
  ['query of a file: URL', (s) => `file:///srv/sound.wav?${s}`],
];

/** Every text that can be reached from an error, as loggers find it. */
function told(error: CochleaError): string {
  const causes: unknown[] = [];
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    causes.push(each.message, each.stack, JSON.stringify(each), inspect(each, { depth: 9, showHidden: true }));
  }
  return causes.join('\n');
}

test.each(sources)('nothing of a secret in the %s is told', async (_, make) => {
  for (const options of [{}, { allowedRoot: folder }]) {
    await using loader = localLoader({ ...options, fetch: { retries: 0 }, allowPrivateAddresses: ['127.0.0.0/8'] });
    const hidden = secret();
    const events: unknown[] = [];
    const note = (event: unknown): number => events.push(event);
    for (const name of ['fetch', 'decode', 'load', 'evict']) subscribe(`cochlea:${name}`, note);
    const error = await loader.load(make(hidden)).then(
      () => undefined,
      (reason: CochleaError) => reason,
    );
    for (const name of ['fetch', 'decode', 'load', 'evict']) unsubscribe(`cochlea:${name}`, note);
    expect(error?.code).toMatch(/^ERR_/);
    plain(error?.label ?? '');
    const all = `${told(error as CochleaError)}\n${JSON.stringify(events)}`;
    expect(events.length).toBeGreaterThan(0);
    for (const text of [hidden, Buffer.from(hidden).toString('base64')]) expect(all).not.toContain(text);
  }
});

test('what is fit to be told is: host and path, name of the file', async () => {
  await using loader = localLoader({ allowedRoot: folder });
  const labels: [LoadSource, string][] = [
    [`${server.origin}/a/b.wav?c#d`, `${server.origin}/a/b.wav`],
    ['ftp://example.com/a', 'ftp:'],
    ['/srv/uploads/icon@2x.wav', 'file icon@2x.wav'],
    ['C:\\sound.wav', 'file C:\\sound.wav'],
    [new File(['x'], '\u202evaw.exe\n'), 'file ?vaw.exe?, 1 bytes'],
  ];
  for (const [source, expected] of labels) {
    const error = await loader.load(source).then(
      () => undefined,
      (reason: CochleaError) => reason,
    );
    expect(error?.label).toBe(expected);
  }
});

test('errors of wrong options do not repeat passwords or contents', () => {
  const hidden = secret();
  const wrong: (() => unknown)[] = [
    () => new AudioLoader({ fetch: { proxy: `socks5://user:${hidden}@proxy.example.com` } }),
    () => new AudioLoader({ overLength: `${'x'.repeat(200)}${hidden}` as 'split' }),
  ];
  for (const each of wrong) {
    try {
      each();
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError);
      expect(told(error as CochleaError)).not.toContain(hidden);
    }
  }
});
