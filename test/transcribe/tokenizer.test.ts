import { describe, expect, test } from 'vitest';
import { ModelInvalidError } from '../../dist/index.js';
import { WhisperTokenizer } from '../../dist/transcribe/tokenizer/tokenizer.js';
import { slowness } from '../safe/outcome.js';
import { golden, tokenizer, tokenizerJson } from './fixtures.js';

interface Goldens {
  readonly encodings: readonly (readonly [text: string, ids: number[]])[];
  readonly cuts: readonly (readonly [ids: number[], text: string])[];
  readonly words: readonly (readonly [ids: number[], language: string | null, words: [string, number[]][]])[];
}

const goldens = golden<Goldens>('tokens.json');

describe('text and tokens are those of Hugging Face', () => {
  test('encoded, from many scripts, blanks and names of special tokens', () => {
    expect(goldens.encodings.length).toBeGreaterThan(200);
    for (const [text, ids] of goldens.encodings) expect(tokenizer.encode(text), JSON.stringify(text)).toEqual(ids);
  });

  test('decoded', () => {
    for (const [text, ids] of goldens.encodings) expect(tokenizer.decode(ids)).toBe(text);
    expect(goldens.cuts.filter(([, text]) => text.includes('\ufffd')).length).toBeGreaterThan(50);
    for (const [ids, text] of goldens.cuts) expect(tokenizer.decode(ids)).toBe(text);
  });

  test('half of a surrogate pair is encoded as U+FFFD', () => {
    expect(tokenizer.encode('a\ud800b')).toEqual(tokenizer.encode('a\ufffdb'));
  });

  test('special tokens and unknown ids have no text', () => {
    const ids = tokenizer.encode(' the dog');
    expect(tokenizer.decode([tokenizer.endOfText, ...ids, tokenizer.timestampBegin + 7, 2 ** 19])).toBe(' the dog');
  });
});

test('words are those of openai-whisper, in languages with and without blanks', () => {
  expect(goldens.words.length).toBeGreaterThan(100);
  for (const [ids, language, words] of goldens.words) {
    const split = tokenizer.splitToWords(ids, language ?? undefined);
    expect(
      split.map(({ word, tokens }) => [word, tokens]),
      `${ids} of ${language}`,
    ).toEqual(words);
  }
});

describe('special tokens', () => {
  test('of a tokenizer without timestamps: they follow <|notimestamps|>', () => {
    const none = tokenizer.special('<|notimestamps|>') as number;
    expect(tokenizer.timestampBegin).toBe(none + 1);
    expect(tokenizer.vocabularySize).toBe(none + 1502);
    expect(Buffer.from(tokenizer.bytes(none + 55)).toString()).toBe('<|1.08|>');
    expect(tokenizer.bytes(tokenizer.vocabularySize)).toHaveLength(0);
  });

  test('of a tokenizer with timestamps, and merges written as texts', () => {
    const fields = JSON.parse(tokenizerJson);
    const begin = tokenizer.timestampBegin;
    for (let i = 0; i <= 1500; i++) {
      fields.added_tokens.push({ id: begin + i, content: `<|${(i * 0.02).toFixed(2)}|>`, special: false });
    }
    fields.model.merges = fields.model.merges.map((pair: string[]) => pair.join(' '));
    const listed = WhisperTokenizer.parse(JSON.stringify(fields), 'tokenizer.json');
    expect(listed).toMatchObject({ timestampBegin: begin, vocabularySize: tokenizer.vocabularySize });
    for (const [text, ids] of goldens.encodings.slice(0, 20)) expect(listed.encode(text)).toEqual(ids);
  });

  test('have names and languages', () => {
    const start = tokenizer.special('<|startoftranscript|>') as number;
    expect(start).toBe(tokenizer.endOfText + 1);
    expect(tokenizer.special('<|no such|>')).toBeUndefined();
    expect(tokenizer.special('constructor')).toBeUndefined();
    expect(tokenizer.languages.size).toBe(100);
    expect(tokenizer.languages.get('en')).toBe(start + 1);
    expect(tokenizer.languages.get('yue')).toBe(start + 100);
    expect(tokenizer.languages.get('translate')).toBeUndefined();
  });
});

/** One word each: the slow ways to join pairs take hours for them. */
test.each([
  ['a word without blanks', 'straßenbahn'.repeat(10_000)],
  ['one letter', 'a'.repeat(200_000)],
  ['blanks', ' '.repeat(200_000)],
  ['signs', '.-'.repeat(100_000)],
  ['no script at all', '\u{2a700}'.repeat(30_000)],
])('200 kB of %s are encoded in little time', (_, text) => {
  const start = performance.now();
  const ids = tokenizer.encode(text);
  expect(performance.now() - start).toBeLessThan(500 * slowness);
  expect(tokenizer.decode(ids)).toBe(text);
});

describe('a tokenizer.json from anybody', () => {
  // biome-ignore lint/suspicious/noExplicitAny: it is there to have anything written into it.
  type Fields = Record<string, any>;

  function refusal(json: string): ModelInvalidError {
    try {
      WhisperTokenizer.parse(json, 'models/tokenizer.json');
    } catch (error) {
      expect(error).toBeInstanceOf(ModelInvalidError);
      expect(error).toMatchObject({ code: 'ERR_MODEL_INVALID', fault: 'server', retryable: false });
      return error as ModelInvalidError;
    }
    throw new Error('it was read');
  }

  test.each(['', '{', '"', '\0', '[1,]'])('that is not JSON: %j', (json) => {
    expect(refusal(json).message).toMatch(/^models\/tokenizer\.json is not JSON: /);
  });

  test.each<[string, string]>([
    ['null', 'it must be an object, got null'],
    ['[]', 'it must be an object, got an instance of Array'],
    ['{}', 'pre_tokenizer must be an object, there is none'],
  ])('%s', (json, message) => {
    expect(refusal(json).message).toBe(`models/tokenizer.json: ${message}`);
  });

  test.each<[string, (fields: Fields) => void, string]>([
    ['normalizer', (f) => (f.normalizer = { type: 'NFC' }), 'normalizer must be null'],
    ['pre-tokenizer', (f) => (f.pre_tokenizer.type = 'Whitespace'), "pre_tokenizer.type must be 'ByteLevel'"],
    ['prefix', (f) => (f.pre_tokenizer.add_prefix_space = true), 'pre_tokenizer.add_prefix_space must be false'],
    ['regex', (f) => (f.pre_tokenizer.use_regex = false), 'pre_tokenizer.use_regex must be true'],
    ['model', (f) => (f.model.type = 'WordPiece'), "model.type must be 'BPE', got 'WordPiece'"],
    ['option of BPE', (f) => (f.model.ignore_merges = true), 'model.ignore_merges must be unset, got true'],
    ['vocabulary', (f) => (f.model.vocab = []), 'model.vocab must be an object'],
    ['no byte', (f) => delete f.model.vocab['!'], "model.vocab must have '!', the token of byte 33"],
    ['id', (f) => (f.model.vocab['!'] = 1.5), "model.vocab['!'] must be a whole number from 0 to 1048575"],
    ['huge id', (f) => (f.model.vocab['!'] = 2 ** 32), "model.vocab['!'] must be a whole number from 0 to 1048575"],
    ['id of two', (f) => (f.model.vocab['!'] = 7), 'must be a whole number from 0 to 1048575 that no other has, got 7'],
    ['letter', (f) => (f.model.vocab = { 一: 7 }), "model.vocab['一'] must be of a token in the alphabet of bytes"],
    ['merges', (f) => (f.model.merges = {}), 'model.merges must be a list'],
    ['merge', (f) => (f.model.merges[3] = 'a b c'), "model.merges[3] must be two tokens, got 'a b c'"],
    ['merge of numbers', (f) => (f.model.merges[3] = [1, 2]), 'model.merges[3] must be two tokens'],
    ['foreign merge', (f) => (f.model.merges[3] = ['€', 'b']), 'model.merges[3] must be of tokens in model.vocab'],
    ['added tokens', (f) => (f.added_tokens = {}), 'added_tokens must be a list'],
    ['no end', (f) => f.added_tokens.shift(), "added_tokens must be a list with '<|endoftext|>'"],
    ['no start of timestamps', (f) => f.added_tokens.pop(), "added_tokens must be a list with '<|notimestamps|>'"],
    ['special among text', (f) => (f.added_tokens[4].id = 5), "added_tokens['<|de|>'].id must be"],
    ['nameless', (f) => (f.added_tokens[4].content = ''), 'added_tokens[4].content must be a text that no other has'],
    ['name of two', (f) => (f.added_tokens[4].content = '<|en|>'), 'added_tokens[4].content must be a text'],
    [
      'timestamp out of order',
      (f) => f.added_tokens.push({ id: 3000, content: '<|0.00|>' }, { id: 3002, content: '<|0.02|>' }),
      "added_tokens['<|0.02|>'].id must be 3001, got 3002",
    ],
    [
      'special behind the timestamps',
      (f) => f.added_tokens.push({ id: 5000, content: '<|late|>' }),
      "added_tokens['<|late|>'].id must be less than",
    ],
  ])('with a wrong %s', (_, change, message) => {
    const fields = JSON.parse(tokenizerJson);
    change(fields);
    expect(refusal(JSON.stringify(fields)).message).toContain(`models/tokenizer.json: `);
    expect(refusal(JSON.stringify(fields)).message).toContain(message);
  });

  test('may have __proto__ in it', () => {
    const json = tokenizerJson.replace('"vocab":{', '"vocab":{"__proto__":{"a":1},');
    expect(refusal(json).message).toContain("model.vocab['__proto__'] must be a whole number");
  });
});
