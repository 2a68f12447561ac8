import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RequestInvalidError } from '../../dist/index.js';
import { encodeRequestSchema } from '../../dist/worker/index.js';
import { checkRequest } from '../../dist/worker/request.js';

const rules = { model: 'm', dtypes: ['float32', 'float16', 'bfloat16'] as const, items: 8, deadline: 1000 };
const conforms = new Ajv2020({ strict: false }).compile(encodeRequestSchema);

function accepted(request: unknown): boolean {
  try {
    checkRequest(request as never, rules);
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(RequestInvalidError);
    return false;
  }
}

const url = fc.constantFrom('https://example.com/a.mp3', 'data:audio/wav;base64,AAAA', '');
const item = fc.record(
  {
    audio_url: fc.option(fc.oneof(url, fc.record({ url })), { nil: undefined }),
    input_audio: fc.option(fc.record({ data: fc.base64String(), format: fc.string() }, { requiredKeys: ['data'] }), {
      nil: undefined,
    }),
    id: fc.string(),
    options: fc.record({ start: fc.double({ noNaN: true, noDefaultInfinity: true }) }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
);
const base = {
  request_id: fc.string(),
  dtype: fc.constantFrom('float32', 'float16', 'bfloat16'),
  deadline_ms: fc.integer({ min: 1, max: 10_000 }),
  lease: fc.integer({ min: 1, max: 86_400 }),
};
const request = fc.record(
  { ...base, items: fc.array(item, { minLength: 1, maxLength: 4 }) },
  { requiredKeys: ['items'] },
);

/** A value in the request, whatever it was, becomes another one. */
const changed = fc.tuple(request, fc.nat(), fc.jsonValue({ maxDepth: 2 })).map(([given, place, value]) => {
  const copy = JSON.parse(JSON.stringify(given));
  const places: (() => void)[] = [];
  const visit = (parent: Record<string, unknown>): void => {
    for (const key of Object.keys(parent)) {
      places.push(() => {
        parent[key] = value;
      });
      if (typeof parent[key] === 'object' && parent[key] !== null) visit(parent[key] as Record<string, unknown>);
    }
  };
  visit(copy);
  places[place % places.length]?.();
  return copy as unknown;
});

describe('the schema and the worker agree', () => {
  test('about requests that are made by the rules', () => {
    fc.assert(
      fc.property(request, (given) => {
        const json = JSON.parse(JSON.stringify(given));
        expect(accepted(json)).toBe(conforms(json));
      }),
      { numRuns: 2000 },
    );
  });

  test('about requests with one value changed', () => {
    fc.assert(
      fc.property(changed, (given) => {
        expect(accepted(given)).toBe(conforms(given));
      }),
      { numRuns: 5000 },
    );
  });
});

describe('a request that is not one is refused, by name, in little time', () => {
  const one = { input_audio: { data: 'AAAA' } };
  let deep: unknown = [];
  for (let i = 0; i < 100_000; i++) deep = [deep];
  test.each([
    [undefined, 'the request must be an object'],
    [null, 'the request must be an object'],
    [[], 'the request must be an object'],
    ['{}', 'the request must be an object'],
    [{}, 'must have one of items, messages, multimodal_input, got 0'],
    [{ items: [one], messages: [] }, 'got 2'],
    [{ items: [] }, 'the request has no audio'],
    [{ messages: [{ content: 'text' }] }, 'the request has no audio'],
    [{ messages: 7 }, 'messages must be an array'],
    [
      { messages: [{ content: [{ type: 'input_audio' }] }] },
      'messages[0].content[0]: input_audio.data must be a string',
    ],
    [{ items: Array(9).fill(one) }, 'the request has 9 clips, more than 8'],
    [{ items: Array(1e6).fill(one) }, 'more than 8'],
    [{ items: deep }, 'items[0] must be an object'],
    [{ items: [{}] }, 'items[0] must have one of audio_url, input_audio and bytes, got 0'],
    [{ items: [{ ...one, audio_url: 'x' }] }, 'got 2'],
    [{ items: [{ bytes: '/etc/passwd' }] }, 'items[0].bytes must be bytes'],
    [{ items: [{ audio_url: { url: 7 } }] }, 'items[0].audio_url must be a string'],
    [{ items: [{ ...one, id: 'x'.repeat(257) }] }, 'items[0].id must have at most 256 characters'],
    [{ items: [{ ...one, options: { sampleRate: 1 } }] }, 'items[0].options.sampleRate is not an option'],
    [{ items: [{ ...one, options: { start: Number.NaN } }] }, 'items[0].options.start must be a number'],
    [{ items: [one], model: 'other' }, "model must be 'm', the one of this worker, got 'other'"],
    [{ items: [one], dtype: 'float64' }, "dtype must be float32 or float16 or bfloat16, got 'float64'"],
    [{ items: [one], deadline_ms: 0 }, 'deadline_ms must be at least 1'],
    [{ items: [one], lease: 1e9 }, 'lease must be from 0.001 to 86400'],
    [{ items: [one], request_id: 'x'.repeat(5_000_000) }, 'request_id must have at most 256 characters'],
    [{ multimodal_input: { audio_url: null } }, 'multimodal_input.audio_url must be a string'],
    [JSON.parse('{"__proto__": {"items": [{"input_audio": {"data": "AAAA"}}]}}'), 'must have one of items'],
  ])('%#', (given, message) => {
    const start = performance.now();
    expect(() => checkRequest(given as never, rules)).toThrow(
      expect.objectContaining({
        code: 'ERR_REQUEST_INVALID',
        fault: 'client',
        message: expect.stringContaining(message),
      }),
    );
    expect(performance.now() - start).toBeLessThan(500);
  });
});

test('what a request asks for is at most what the worker allows', () => {
  const items = [{ input_audio: { data: 'AAAA' } }];
  expect(checkRequest({ items, deadline_ms: 1e9 }, rules).deadline).toBe(1000);
  expect(checkRequest({ items, deadline_ms: 5 }, rules).deadline).toBe(5);
  expect(checkRequest({ items }, rules)).toMatchObject({
    deadline: 1000,
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
});
