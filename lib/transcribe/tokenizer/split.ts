import { stripBlanks } from '../blanks.js';

/** A word, with its leading blank, and its tokens. */
export interface SplitWord {
  readonly word: string;
  readonly tokens: readonly number[];
}

const replacement = '\ufffd';

/** Python's `string.punctuation`. */
const punctuation = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

/**
 * Splits tokens wherever they end with a character (openai/whisper, tokenizer.py, `split_tokens_on_unicode`). U+FFFD in
 * the text of a few tokens says that a character is cut, unless it stands in the whole text, too. What is cut at the end
 * is left out.
 */
export function splitOnCharacters(ids: readonly number[], text: (ids: readonly number[]) => string): SplitWord[] {
  const whole = text(ids);
  const words: SplitWord[] = [];
  let tokens: number[] = [];
  let offset = 0;
  for (const id of ids) {
    tokens.push(id);
    const word = text(tokens);
    const cut = word.indexOf(replacement);
    if (cut >= 0 && whole[offset + cut] !== replacement) continue;
    words.push({ word, tokens });
    tokens = [];
    offset += word.length;
  }
  return words;
}

/** Joins what follows without a blank; punctuation and special tokens stay alone (`split_tokens_on_spaces`). */
export function splitOnBlanks(parts: readonly SplitWord[], endOfText: number): SplitWord[] {
  const words: { word: string; tokens: number[] }[] = [];
  for (const { word, tokens } of parts) {
    const last = words.at(-1);
    const isSpecial = (tokens[0] as number) >= endOfText;
    if (last === undefined || isSpecial || word.startsWith(' ') || punctuation.includes(stripBlanks(word))) {
      words.push({ word, tokens: [...tokens] });
    } else {
      last.word += word;
      last.tokens.push(...tokens);
    }
  }
  return words;
}
