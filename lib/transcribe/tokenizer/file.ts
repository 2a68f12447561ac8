import { shown } from '../../checks.js';
import { ModelInvalidError } from '../../errors.js';
import { letterByte } from './byte_alphabet.js';
import { idLimit, type Merge } from './byte_pairs.js';

/** What a `tokenizer.json` says. */
export interface TokenizerFile {
  /** The tokens of text by their spelling in the alphabet of bytes. Their ids are below `endOfText`. */
  readonly vocabulary: ReadonlyMap<string, number>;
  /** In order of rank. */
  readonly merges: readonly Merge[];
  /** The special tokens by name. Their ids are `endOfText` and more. */
  readonly specials: ReadonlyMap<string, number>;
  readonly endOfText: number;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads the `tokenizer.json` of Whisper: byte-level BPE, as Hugging Face's `tokenizers` saves it. It may come from
 * anybody, as in Note [Untrusted descriptors]: each field is checked before it is used.
 *
 * @throws {ModelInvalidError} It is not JSON, or a field is wrong. The message begins with `name`, and names the field.
 */
export function readTokenizer(json: string, name: string): TokenizerFile {
  let root: unknown;
  try {
    root = JSON.parse(json);
  } catch (cause) {
    throw new ModelInvalidError('ERR_MODEL_INVALID', `${name} is not JSON: ${(cause as Error).message}`, { cause });
  }
  return new Reader(name).file(root);
}

class Reader {
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  file(root: unknown): TokenizerFile {
    const fields = this.#object('', root);
    this.#splitting(fields);
    const specials = this.#specials(fields.added_tokens);
    const endOfText = specials.get('<|endoftext|>');
    if (endOfText === undefined) this.#fail('added_tokens', "a list with '<|endoftext|>'", fields.added_tokens);
    for (const [content, id] of specials) {
      // Whatever is below is text, and whatever is not is none: so all of Whisper's rules tell them apart.
      if (id < endOfText) this.#fail(`added_tokens[${shown(content)}].id`, `${endOfText} or more`, id);
    }
    const model = this.#object('model', fields.model);
    if (model.type !== 'BPE') this.#fail('model.type', "'BPE'", model.type);
    for (const option of ['continuing_subword_prefix', 'end_of_word_suffix', 'ignore_merges', 'byte_fallback']) {
      // All of them change what is encoded. The first two may be written as empty strings.
      if (model[option]) this.#fail(`model.${option}`, 'unset', model[option]);
    }
    const vocabulary = this.#vocabulary(model.vocab, endOfText);
    return { vocabulary, merges: this.#merges(model.merges, vocabulary), specials, endOfText };
  }

  /** Text is split as for GPT-2, and is not normalised. */
  #splitting({ normalizer, pre_tokenizer }: Fields): void {
    if (normalizer !== null && normalizer !== undefined) this.#fail('normalizer', 'null', normalizer);
    const fields = this.#object('pre_tokenizer', pre_tokenizer);
    if (fields.type !== 'ByteLevel') this.#fail('pre_tokenizer.type', "'ByteLevel'", fields.type);
    if (fields.add_prefix_space !== false) {
      this.#fail('pre_tokenizer.add_prefix_space', 'false', fields.add_prefix_space);
    }
    const { use_regex } = fields;
    if (use_regex !== true && use_regex !== undefined) this.#fail('pre_tokenizer.use_regex', 'true', use_regex);
  }

  #specials(value: unknown): Map<string, number> {
    const specials = new Map<string, number>();
    const ids = new Set<number>();
    for (const [i, token] of this.#list('added_tokens', value).entries()) {
      const { id, content } = this.#object(`added_tokens[${i}]`, token);
      if (typeof content !== 'string' || content === '' || specials.has(content)) {
        this.#fail(`added_tokens[${i}].content`, 'a text that no other has', content);
      }
      if (!isNewId(id, ids)) this.#fail(`added_tokens[${i}].id`, newId, id);
      specials.set(content, id);
    }
    return specials;
  }

  #vocabulary(value: unknown, endOfText: number): Map<string, number> {
    const vocabulary = new Map<string, number>();
    const ids = new Set<number>();
    for (const [token, id] of Object.entries(this.#object('model.vocab', value))) {
      if (!isNewId(id, ids)) this.#fail(`model.vocab[${shown(token)}]`, newId, id);
      // Special tokens may be listed here, too.
      if (id >= endOfText) continue;
      if (!isSpelling(token)) this.#fail(`model.vocab[${shown(token)}]`, 'of a token in the alphabet of bytes', token);
      vocabulary.set(token, id);
    }
    return vocabulary;
  }

  #merges(value: unknown, vocabulary: ReadonlyMap<string, number>): Merge[] {
    return this.#list('model.merges', value).map((merge, i) => {
      // Since tokenizers 0.20 as pairs; before as texts with a blank between the two.
      const pair: unknown = typeof merge === 'string' ? merge.split(' ') : merge;
      if (!Array.isArray(pair) || pair.length !== 2) this.#fail(`model.merges[${i}]`, 'two tokens', merge);
      const [first, second] = pair;
      if (typeof first !== 'string' || typeof second !== 'string') {
        this.#fail(`model.merges[${i}]`, 'two tokens', merge);
      }
      const left = vocabulary.get(first);
      const right = vocabulary.get(second);
      const into = vocabulary.get(first + second);
      if (left === undefined || right === undefined || into === undefined) {
        this.#fail(`model.merges[${i}]`, 'of tokens in model.vocab, as is what they join to', `${first} ${second}`);
      }
      return { left, right, into };
    });
  }

  #object(name: string, value: unknown): Fields {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) this.#fail(name, 'an object', value);
    return value as Fields;
  }

  #list(name: string, value: unknown): readonly unknown[] {
    if (!Array.isArray(value)) this.#fail(name, 'a list', value);
    return value;
  }

  #fail(field: string, expected: string, value: unknown): never {
    const what = field === '' ? 'it' : field;
    const given = value === undefined ? 'there is none' : `got ${shown(value)}`;
    throw new ModelInvalidError('ERR_MODEL_INVALID', `${this.#name}: ${what} must be ${expected}, ${given}`);
  }
}

const newId = `a whole number from 0 to ${idLimit - 1} that no other has`;

/** Whether this is an id that is not taken; it is from now on. */
function isNewId(value: unknown, taken: Set<number>): value is number {
  if (!Number.isInteger(value) || (value as number) < 0 || (value as number) >= idLimit) return false;
  return taken.size < taken.add(value as number).size;
}

function isSpelling(token: string): boolean {
  for (let i = 0; i < token.length; i++) if (letterByte(token.charCodeAt(i)) < 0) return false;
  return true;
}
