import type { TranscribeRequest } from './options.js';
import type { Whisper } from './whisper.js';

/** The tokens before the text of a window. */
export interface Prompt {
  readonly tokens: readonly number[];
  /** Index of `<|startoftranscript|>`. */
  readonly start: number;
  /** `<|startoftranscript|>`, the language and the task. */
  readonly startSequence: readonly number[];
}

/** More of a text than can count: the event loop is not held up by a longer one. */
const mostCharacters = 20_000;

/**
 * What the decoder is told of each window: words to expect and the text before it, then the language and the task, as
 * in OpenAI's `DecodingTask`. The former are cut at the front where they are more than half of the positions.
 */
export class Prompts {
  readonly #whisper: Whisper;
  readonly #hotwords: readonly number[];
  readonly #startSequence: readonly number[];
  readonly #timestamps: boolean;
  readonly #most: number;

  constructor(whisper: Whisper, { task, hotwords, timestamps }: TranscribeRequest, language: string) {
    const { tokenizer, prompts, descriptor } = whisper;
    this.#whisper = whisper;
    this.#most = Math.floor(descriptor.shape.positions / 2) - 1;
    this.#hotwords =
      hotwords === undefined
        ? []
        : tokenizer.encode(` ${hotwords.trim().slice(0, mostCharacters)}`).slice(0, this.#most);
    this.#timestamps = timestamps !== false;
    const known = [prompts.start, tokenizer.languages.get(language), prompts[task]];
    this.#startSequence = descriptor.multilingual ? known.filter((token) => token !== undefined) : [prompts.start];
  }

  /** The tokens of a text that comes before the audio. */
  encode(text: string | undefined): number[] {
    return text === undefined ? [] : this.#whisper.tokenizer.encode(` ${text.trim().slice(-mostCharacters)}`);
  }

  /** `previous`: tokens of the text before. */
  after(previous: readonly number[]): Prompt {
    const { previous: mark, noTimestamps } = this.#whisper.prompts;
    const room = this.#most - this.#hotwords.length;
    const before = [...this.#hotwords, ...(room > 0 ? previous.slice(-room) : [])];
    const prefix = before.length > 0 && mark !== undefined ? [mark, ...before] : [];
    return {
      tokens: [...prefix, ...this.#startSequence, ...(this.#timestamps ? [] : [noTimestamps])],
      start: prefix.length,
      startSequence: this.#startSequence,
    };
  }
}
