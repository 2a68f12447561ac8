/** What the decoder's thread is told and answers. All of it can be cloned. */

/** Sizes of the decoder. */
export interface DecoderShape {
  readonly layers: number;
  readonly heads: number;
  /** Width of a head. */
  readonly headSize: number;
  readonly vocabulary: number;
  /** Most tokens of a window, with its prompt. */
  readonly positions: number;
  /** Positions of the encoder. */
  readonly frames: number;
}

/** Ids of tokens that the rules know. */
export interface RuleTokens {
  readonly endOfText: number;
  /** `undefined`: the model has none. */
  readonly noSpeech: number | undefined;
  readonly timestampBegin: number;
}

/** What the program is opened with. */
export interface DecoderOptions {
  readonly cross: string;
  readonly decoder: string;
  /** Loaded when it is first needed. */
  readonly align: string;
  readonly shape: DecoderShape;
  readonly tokens: RuleTokens;
  /** Tokens that never come. */
  readonly suppressed: readonly number[];
  /** Tokens that do not come first. */
  readonly suppressedAtBegin: readonly number[];
  /** Most windows at a time. */
  readonly windows: number;
}

/** One try at the text of a window. */
export interface DecodeRequest {
  readonly window: number;
  /** What comes before the text. */
  readonly prompt: readonly number[];
  /** Index of `<|startoftranscript|>` in it, which predicts whether anybody speaks. */
  readonly start: number;
  /** Most tokens of the text. */
  readonly maxTokens: number;
  readonly timestamps: boolean;
  /** The latest first timestamp, in steps of 20 ms. */
  readonly maxInitialTimestamp: number;
  readonly temperature: number;
  /** Of the draws, if the temperature is not 0. */
  readonly seed: number;
}

/** The text of a window. */
export interface DecodeResult {
  /** Without the prompt and the end. */
  readonly tokens: readonly number[];
  /** Natural logarithms of their probabilities. */
  readonly logProbabilities: readonly number[];
  /** That of the end, or 0 if it did not come. */
  readonly endLogProbability: number;
  /** 0 for a model without such a token. */
  readonly noSpeechProbability: number;
}

/** A text whose tokens are aligned with the audio. */
export interface AlignRequest {
  readonly window: number;
  /** The start sequence, `<|notimestamps|>`, the text, `<|endoftext|>`. */
  readonly tokens: readonly number[];
  /** How long the start sequence is. */
  readonly startLength: number;
  /** How many of the window's frames of 10 ms hold audio. */
  readonly segmentFrames: number;
}

/** Calls of the program. */
export interface DecoderCalls {
  /** Takes a place for a window, and computes its cross-attention: there must be a free place. */
  readonly begin: {
    /** `[frames, width]`, float32. */
    readonly argument: { readonly window: number; readonly embeddings: Float32Array };
    readonly result: undefined;
  };
  /** One at a time of a window. After `stop` it ends early, with what it has. */
  readonly decode: { readonly argument: DecodeRequest; readonly result: DecodeResult };
  /** Probabilities of these languages, given as tokens, in their order. */
  readonly languages: {
    readonly argument: { readonly window: number; readonly start: number; readonly languages: readonly number[] };
    readonly result: readonly number[];
  };
  /** When each token of the text begins: `pathThrough` of the attention of the alignment heads. */
  readonly align: { readonly argument: AlignRequest; readonly result: Int32Array };
  /** Ends the decoding of a window soon, if there is one. */
  readonly stop: { readonly argument: { readonly window: number }; readonly result: undefined };
  /** Frees the place. */
  readonly end: { readonly argument: { readonly window: number }; readonly result: undefined };
  readonly [name: string]: { readonly argument: unknown; readonly result: unknown };
}
