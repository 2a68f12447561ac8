/** A word that is aligned with the audio. Times in seconds from the start of the window. */
export interface AlignedWord {
  word: string;
  tokens: readonly number[];
  start: number;
  end: number;
  readonly probability: number;
}
