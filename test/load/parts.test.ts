import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SourceError } from '../../dist/index.js';
import { type AudioPart, type ChatMessage, resolveAudioParts } from '../../dist/load/index.js';
import { errorOf, thrownBy } from '../safe/outcome.js';
import { dataUrlOf, localLoader, serve, wavOf } from './cache_server.js';

/** The audio of chats: whatever a client may send. */

const seed = 20_251_125;
const runs = { seed, numRuns: 1000 };

const type = fc.constantFrom('audio_url', 'input_audio', 'text', 'image_url', 'AUDIO_URL', '', null, 5);
/** JSON of any kind, and objects that look like parts to a varying degree. */
const json = fc.jsonValue({ maxDepth: 2 });
const strange = fc.oneof(
  json,
  fc.constantFrom({ toString: null }, { constructor: null }, { __proto__: null }, { length: 5 }),
);
const partLike = fc.record({ type, audio_url: strange, input_audio: strange, text: json }, { requiredKeys: [] });
const nested = fc.record({
  type,
  audio_url: fc.record({ url: strange }, { requiredKeys: [] }),
  input_audio: fc.record({ data: fc.oneof(strange, fc.string()), format: strange }, { requiredKeys: [] }),
});
const message = fc.oneof(
  strange,
  fc.record({ role: json, content: fc.oneof(strange, fc.array(fc.oneof(strange, partLike, nested))) }),
);

test('any JSON is either resolved or refused with the place of what is wrong', () => {
  let refused = 0;
  fc.assert(
    fc.property(fc.array(message), (given) => {
      const messages = JSON.parse(JSON.stringify(given)) as ChatMessage[];
      try {
        for (const { source, message, part } of resolveAudioParts(messages)) {
          expect((messages as { content: unknown[] }[])[message]?.content[part]).toBe(source);
          const text = source.type === 'audio_url' ? source.audio_url.url : source.input_audio.data;
          expect(typeof text).toBe('string');
        }
      } catch (error) {
        refused++;
        expect(error).toBeInstanceOf(SourceError);
        expect((error as SourceError).label).toMatch(/^messages\[\d+\]\.content\[\d+\]$/);
        expect((error as SourceError).message).toContain((error as SourceError).label);
      }
    }),
    runs,
  );
  expect(refused).toBeGreaterThan(50);
});

test('and what is resolved loads, or is refused with a label', async () => {
  await using loader = localLoader({ fetch: { retries: 0, timeout: 2000 } });
  await fc.assert(
    fc.asyncProperty(fc.array(nested, { minLength: 1, maxLength: 3 }), async (content) => {
      const parts = JSON.parse(JSON.stringify(content)) as AudioPart[];
      for (const source of parts.filter((part) => part.type === 'audio_url' || part.type === 'input_audio')) {
        const error = await errorOf(loader.load(source));
        expect(error.label).toBeTruthy();
        expect([
          'ERR_AUDIO_SOURCE',
          'ERR_AUDIO_EMPTY',
          'ERR_FETCH_REFUSED',
          'ERR_AUDIO_UNSUPPORTED_CONTAINER',
          'ERR_FETCH_FAILED',
        ]).toContain(error.code);
      }
    }),
    { seed, numRuns: 300 },
  );
});

const good = fc.oneof(
  fc.record({ type: fc.constant('audio_url'), audio_url: fc.record({ url: fc.webUrl() }) }),
  fc.record({
    type: fc.constant('input_audio'),
    input_audio: fc.record({ data: fc.base64String(), format: fc.constantFrom('wav', 'mp3') }),
  }),
) as fc.Arbitrary<AudioPart>;
const other = fc.oneof(fc.record({ type: fc.constant('text'), text: fc.string() }), fc.constant(null), fc.string());

test('all of it, in order, with where it stands', () => {
  const chat = fc.array(fc.oneof(fc.string(), fc.constant(null), fc.array(fc.oneof(good, other), { maxLength: 20 })));
  fc.assert(
    fc.property(chat, (contents) => {
      const expected = contents.flatMap((content, message) =>
        Array.isArray(content)
          ? content.flatMap((part, i) =>
              typeof part === 'object' && part !== null && part.type !== 'text'
                ? [{ source: part, message, part: i }]
                : [],
            )
          : [],
      );
      expect(resolveAudioParts(contents.map((content) => ({ role: 'user', content })))).toEqual(expected);
    }),
    runs,
  );
});

describe('malformed parts are named by their place', () => {
  const fine = { type: 'input_audio', input_audio: { data: 'AAAA' } };
  test.each([
    [{ type: 'audio_url' }, 'audio_url.url must be a string'],
    [{ type: 'audio_url', audio_url: 'https://example.com/' }, 'audio_url.url must be a string'],
    [{ type: 'audio_url', audio_url: { url: null } }, 'audio_url.url must be a string'],
    [{ type: 'audio_url', audio_url: null }, 'audio_url.url must be a string'],
    [{ type: 'input_audio' }, 'input_audio.data must be a string of base64'],
    [{ type: 'input_audio', input_audio: { data: [1, 2] } }, 'input_audio.data must be a string of base64'],
    [{ type: 'input_audio', audio_url: { url: 'x' } }, 'input_audio.data must be a string of base64'],
  ])('%j', (part, problem) => {
    const messages = [{ content: 'hello' }, {}, { content: [fine, part] }];
    const error = thrownBy(() => resolveAudioParts(messages));
    expect(error).toMatchObject({ code: 'ERR_AUDIO_SOURCE', fault: 'client', label: 'messages[2].content[1]' });
    expect(error.message).toBe(`messages[2].content[1]: ${problem}`);
  });
});

test.each([null, undefined, 'text', 5, {}, { length: 2 }])('no array of messages, at the call: %j', (messages) => {
  expect(() => resolveAudioParts(messages as unknown as ChatMessage[])).toThrow(/^messages must be an array, got /);
});

test('a chat with every kind of part, and any word for its format', async () => {
  const server = await serve((_, response) => response.end(wavOf(0.1, 1)));
  await using loader = localLoader();
  const data = Buffer.from(wavOf(0.1, 2)).toString('base64');
  const formats = ['wav', 'audio/x-wav', 'audio/wav', 'WAVE', 'mp3', '', 'x'.repeat(1000), null, { toString: null }];
  const messages = [
    { role: 'system', content: 'You hear.' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Hear:' },
        { type: 'audio_url', audio_url: { url: server.origin } },
      ],
    },
    { role: 'user', content: [{ type: 'audio_url', audio_url: { url: dataUrlOf(wavOf(0.1, 3)) } }] },
    { role: 'user', content: formats.map((format) => ({ type: 'input_audio', input_audio: { data, format } })) },
  ];
  const parts = resolveAudioParts(messages);
  const outcomes = await loader.loadAll(parts.map(({ source }) => source));
  expect(outcomes.map(({ status }) => status)).toEqual(Array(2 + formats.length).fill('fulfilled'));
  expect(loader.stats().entries).toBe(3);
  const prefixed = { type: 'input_audio', input_audio: { data: `data:audio/wav;base64,${data}` } } as const;
  expect((await errorOf(loader.load(prefixed))).message).toMatch(/not a data URL/);
  await server.close();
});
