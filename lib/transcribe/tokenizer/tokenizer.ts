import { ModelInvalidError } from '../../errors.js';
import { isKnownLanguage } from '../../languages.js';
import { byteLetter, letterByte } from './byte_alphabet.js';
import { BytePairs } from './byte_pairs.js';
import { readTokenizer, type TokenizerFile } from './file.js';
import { type SplitWord, splitOnBlanks, splitOnCharacters } from './split.js';

/**
 * How GPT-2 splits text into words (openai/gpt-2, encoder.py). Blanks are Unicode's White_Space, as in Python's `regex`;
 * `\s` of JavaScript lacks U+0085 and has U+FEFF. Which of the newest characters are letters depends on Node's Unicode.
 */
const words =
  /'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

/** The last timestamp is that of 30 s; they are 20 ms apart. */
const timestamps = 1501;

/** Languages of the reference that are written without blanks (openai/whisper, tokenizer.py). */
const unspaced: readonly (string | undefined)[] = ['zh', 'ja', 'th', 'lo', 'my', 'yue'];

/**
 * Whisper's tokenizer: byte-level BPE, and special tokens, which no text is encoded to. Ids of text are below
 * `endOfText`; the other special tokens follow, and the timestamps last.
 */
export class WhisperTokenizer {
  /** How many ids the model knows: more than the tokenizer lists where that lacks the timestamps. */
  readonly vocabularySize: number;
  /** The id of `<|endoftext|>`. */
  readonly endOfText: number;
  /** The id of `<|0.00|>`. Each further timestamp is 20 ms later. */
  readonly timestampBegin: number;
  /** The special tokens of languages, by code. */
  readonly languages: ReadonlyMap<string, number>;
  readonly #specials: ReadonlyMap<string, number>;
  readonly #spellings: Spellings;
  readonly #pairs: BytePairs;

  private constructor(file: TokenizerFile, timestampBegin: number, byteIds: readonly number[]) {
    const { specials, vocabulary, merges, endOfText } = file;
    this.#specials = specials;
    this.endOfText = endOfText;
    this.timestampBegin = timestampBegin;
    const largest = [...specials.values()].reduce((a, b) => Math.max(a, b));
    this.vocabularySize = Math.max(largest + 1, timestampBegin + timestamps);
    this.languages = new Map(
      [...specials].flatMap(([name, id]) => {
        const code = /^<\|([a-z]+)\|>$/.exec(name)?.[1];
        return code !== undefined && isKnownLanguage(code) ? [[code, id] as const] : [];
      }),
    );
    this.#spellings = new Spellings(vocabulary, specials, timestampBegin);
    this.#pairs = new BytePairs(byteIds, merges);
  }

  /**
   * Reads the `tokenizer.json` of a Whisper model; `name` stands in messages.
   *
   * @throws {ModelInvalidError} It is not JSON, not byte-level BPE, or not of Whisper. The message names the field.
   */
  static parse(json: string, name: string): WhisperTokenizer {
    const file = readTokenizer(json, name);
    const fail = (problem: string): never => {
      throw new ModelInvalidError('ERR_MODEL_INVALID', `${name}: ${problem}`);
    };
    const byteIds = Array.from({ length: 256 }, (_, byte) => {
      const letter = byteLetter(byte);
      return file.vocabulary.get(letter) ?? fail(`model.vocab must have '${letter}', the token of byte ${byte}`);
    });
    const noTimestamps = file.specials.get('<|notimestamps|>');
    if (noTimestamps === undefined) return fail("added_tokens must be a list with '<|notimestamps|>'");
    // Tokenizers of faster-whisper, and old ones of transformers, do not list the timestamps.
    const begin = file.specials.get('<|0.00|>') ?? noTimestamps + 1;
    for (const [special, id] of file.specials) {
      const seconds = /^<\|(\d+\.\d\d)\|>$/.exec(special)?.[1];
      const expected = seconds === undefined ? undefined : begin + Math.round(Number(seconds) * 50);
      if (expected === undefined ? id >= begin : id !== expected) {
        fail(
          `added_tokens['${special}'].id must be ${expected ?? `less than ${begin}, the first timestamp`}, got ${id}`,
        );
      }
    }
    return new WhisperTokenizer(file, begin, byteIds);
  }

  /** The id of a special token, such as `<|startoftranscript|>`. */
  special(name: string): number | undefined {
    return this.#specials.get(name);
  }

  /** The tokens of a text. Names of special tokens in it are text like any other. */
  encode(text: string): number[] {
    const ids: number[] = [];
    // Half of a surrogate pair becomes U+FFFD.
    for (const [word] of text.matchAll(words)) this.#pairs.encode(Buffer.from(word), ids);
    return ids;
  }

  /** The text of tokens. Special tokens are left out; where a character lacks bytes, there is U+FFFD. */
  decode(ids: Iterable<number>): string {
    return this.#spellings.text([...ids].filter((id) => id < this.endOfText));
  }

  /**
   * The bytes of a token: UTF-8, maybe a part of a character. Of a special token its name; empty for unknown ids. A view
   * of memory that all calls share.
   */
  bytes(id: number): Uint8Array {
    return this.#spellings.bytes(id);
  }

  /**
   * Splits tokens into words, each with its leading blank: `Tokenizer.split_to_word_tokens` of the reference. A language
   * that is written without blanks is split into characters. Special tokens are words of their own.
   *
   * @param language A code; `undefined` is as English.
   */
  splitToWords(ids: readonly number[], language?: string): SplitWord[] {
    const characters = splitOnCharacters(ids, (part) => this.#spellings.text(part));
    return unspaced.includes(language) ? characters : splitOnBlanks(characters, this.endOfText);
  }
}

/** The bytes of all tokens, one behind the other: fifty thousand arrays would take ten times the memory. */
class Spellings {
  readonly #bytes: Uint8Array;
  /** Where the bytes of each token begin, and, last, where they end. */
  readonly #offsets: Uint32Array;
  readonly #names = new Map<number, Uint8Array>();
  readonly #timestampBegin: number;
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  constructor(vocabulary: ReadonlyMap<string, number>, specials: ReadonlyMap<string, number>, timestampBegin: number) {
    const tokens: string[] = [];
    for (const [token, id] of vocabulary) tokens[id] = token;
    this.#offsets = new Uint32Array(tokens.length + 1);
    for (let id = 0; id < tokens.length; id++) {
      this.#offsets[id + 1] = (this.#offsets[id] as number) + (tokens[id]?.length ?? 0);
    }
    this.#bytes = new Uint8Array(this.#offsets[tokens.length] as number);
    let at = 0;
    for (const token of tokens) {
      for (let i = 0; i < (token?.length ?? 0); i++) this.#bytes[at++] = letterByte(token.charCodeAt(i));
    }
    for (const [name, id] of specials) this.#names.set(id, Buffer.from(name));
    this.#timestampBegin = timestampBegin;
  }

  bytes(id: number): Uint8Array {
    const begin = this.#offsets[id];
    const end = this.#offsets[id + 1];
    if (begin !== undefined && end !== undefined) return this.#bytes.subarray(begin, end);
    const step = id - this.#timestampBegin;
    const name = this.#names.get(id);
    if (name !== undefined || step < 0 || step >= timestamps) return name ?? new Uint8Array();
    return Buffer.from(`<|${(step / 50).toFixed(2)}|>`);
  }

  text(ids: readonly number[]): string {
    return this.#decoder.decode(Buffer.concat(ids.map((id) => this.bytes(id))));
  }
}
