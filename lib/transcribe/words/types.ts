/** A word of a segment, with its leading blank and the punctuation around it. Times in seconds of the recording. */
export interface WordTime {
  readonly word: string;
  readonly start: number;
  readonly end: number;
  /** Mean probability of its tokens. */
  readonly probability: number;
}

/** A word that is aligned with the audio. Times in seconds from the start of the window. */
export interface AlignedWord {
  word: string;
  tokens: readonly number[];
  start: number;
  end: number;
  readonly probability: number;
}
