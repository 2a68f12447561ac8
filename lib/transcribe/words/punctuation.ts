import { stripBlanks } from '../blanks.js';
import type { AlignedWord } from './types.js';

/** Belongs to the word behind it, where it follows a blank (openai/whisper, transcribe.py). */
const prepended = '"\'“¿([{-';
/** Belongs to the word before it. */
const appended = '"\'.。,，!！?？:：”)]}、';

/**
 * Joins punctuation with the words that it belongs to (openai/whisper, timing.py, `merge_punctuations`). The entries of
 * the punctuation stay, without text or tokens.
 */
export function mergePunctuation(words: readonly AlignedWord[]): void {
  let following = words.at(-1);
  for (const previous of words.slice(0, -1).reverse()) {
    if (following && previous.word.startsWith(' ') && prepended.includes(stripBlanks(previous.word))) {
      following.word = previous.word + following.word;
      following.tokens = [...previous.tokens, ...following.tokens];
      clear(previous);
    } else {
      following = previous;
    }
  }
  let previous = words[0];
  for (const following of words.slice(1)) {
    if (previous && !previous.word.endsWith(' ') && appended.includes(following.word)) {
      previous.word += following.word;
      previous.tokens = [...previous.tokens, ...following.tokens];
      clear(following);
    } else {
      previous = following;
    }
  }
}

function clear(word: AlignedWord): void {
  word.word = '';
  word.tokens = [];
}
