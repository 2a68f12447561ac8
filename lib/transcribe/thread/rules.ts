import type { NativeTokenRules } from '../../native/binding.js';
import type { DecodeRequest, RuleTokens } from './messages.js';

/** Which tokens may come next: `ApplyTimestampRules` and the filters beside it in OpenAI's `whisper/decoding.py`. */
export class Rules {
  readonly #tokens: RuleTokens;
  readonly #request: DecodeRequest;
  readonly #bias: Float32Array;
  readonly #biasAtBegin: Float32Array;
  readonly #random: () => number;

  /** `bias`: for each token of the vocabulary 0, or -Infinity if it never comes. `biasAtBegin` holds those of `bias`, too. */
  constructor(tokens: RuleTokens, request: DecodeRequest, bias: Float32Array, biasAtBegin: Float32Array) {
    this.#tokens = tokens;
    this.#request = request;
    this.#bias = bias;
    this.#biasAtBegin = biasAtBegin;
    this.#random = mulberry32(request.seed);
  }

  /** After these tokens of the text. */
  next(text: readonly number[]): NativeTokenRules {
    const { timestampBegin } = this.#tokens;
    const { timestamps, temperature } = this.#request;
    const range = { first: 0, earliest: timestampBegin, end: this.#bias.length };
    return {
      ...range,
      ...(timestamps && this.#timed(text)),
      bias: text.length === 0 ? this.#biasAtBegin : this.#bias,
      timestamps: timestampBegin,
      preferTimestamps: timestamps,
      temperature,
      draw: temperature > 0 ? this.#random() : 0,
    };
  }

  /** Timestamps come in pairs, except before the end, and never go back. A text begins with one. */
  #timed(text: readonly number[]): Partial<Pick<NativeTokenRules, 'first' | 'earliest' | 'end'>> {
    const { endOfText, timestampBegin } = this.#tokens;
    if (text.length === 0) {
      const latest = timestampBegin + this.#request.maxInitialTimestamp + 1;
      return { first: timestampBegin, end: Math.min(latest, this.#bias.length) };
    }
    const isTime = (token: number | undefined): boolean => token !== undefined && token >= timestampBegin;
    const afterOne = isTime(text.at(-1));
    const afterTwo = afterOne && (text.length < 2 || isTime(text.at(-2)));
    if (afterTwo) return { earliest: this.#bias.length };
    const last = text.findLast(isTime);
    // The second of a pair may be the first one again: a segment ends where the next begins.
    const earliest = last === undefined ? timestampBegin : last + (afterOne ? 0 : 1);
    return { first: afterOne ? endOfText : 0, earliest: Math.min(earliest, this.#bias.length) };
  }
}

/** Numbers of [0, 1) that look random, the same ones for a seed: the same audio gives the same text. */
function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
