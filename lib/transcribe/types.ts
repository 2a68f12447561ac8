import type { ProviderChoice } from '../onnx/index.js';

/** Options of `Transcriber.load`. */
export interface TranscriberOptions {
  /**
   * Where the encoder runs. Default: `auto`: CUDA if it works here, else the CPU. The decoder runs on the CPU: its steps
   * are small, and bound by memory.
   */
  readonly provider?: ProviderChoice | undefined;
  /** Which GPU. Default: 0. */
  readonly deviceId?: number | undefined;
  /**
   * Which models of the folder: `fp32`, as in PyTorch; `fp16`, an encoder for GPUs with the fp32 decoder; `int8`, for
   * processors. Default: `int8` on the CPU if the folder has it, else `fp32`, else `fp16`.
   */
  readonly precision?: 'fp32' | 'fp16' | 'int8' | undefined;
  /** Threads of a run on the CPU, from 1 to 1024. Default: one for each physical core. */
  readonly threads?: number | undefined;
  /**
   * Most windows of 30 s that are decoded together, of all calls, from 1 to 64. Further windows wait. Each takes memory:
   * of Whisper base 20 MB in int8 and 48 MB in fp32, of large-v3 270 and 640 MB. Default: 4.
   */
  readonly maxBatch?: number | undefined;
  /** Most calls that wait. Further ones are refused with `ERR_BUSY`. Default: 1024. */
  readonly maxQueue?: number | undefined;
  /** Whether the files are compared with the hashes in `cochlea.json`. Default: true. */
  readonly verify?: boolean | undefined;
}

/** How far a call is. */
export interface TranscriptionProgress {
  /** Seconds of the audio that are done. */
  readonly seconds: number;
  /** Seconds of the audio. */
  readonly duration: number;
}

/** Options of one call. Names and defaults are those of OpenAI's reference, `whisper.transcribe`. */
export interface TranscribeOptions {
  /** Code of the language of the audio, such as `en`. Default: detected in its first 30 s. */
  readonly language?: string | undefined;
  /** `translate`: into English. Default: `transcribe`. */
  readonly task?: 'transcribe' | 'translate' | undefined;
  /** Text that comes before the audio: spelling of names, style. Its last 223 tokens count. */
  readonly prompt?: string | undefined;
  /** Words to expect, before every window. */
  readonly hotwords?: string | undefined;
  /**
   * 0: the most probable tokens. Above: drawn, the same for the same audio. A list is tried in its order while the text
   * is too repetitive or too improbable. Default: `[0, 0.2, 0.4, 0.6, 0.8, 1]`.
   */
  readonly temperature?: number | readonly number[] | undefined;
  /**
   * A window whose probability of no speech is above this, and whose text is improbable, is silence. `null`: none is.
   * Default: 0.6.
   */
  readonly noSpeechThreshold?: number | null | undefined;
  /** A text whose mean log-probability is below this is tried again. `null`: none is. Default: -1. */
  readonly logProbThreshold?: number | null | undefined;
  /** A text that zlib compresses more than this is tried again. `null`: none is. Default: 2.4. */
  readonly compressionRatioThreshold?: number | null | undefined;
  /** Whether the text of a window is the prompt of the next one. Default: true. */
  readonly conditionOnPreviousText?: boolean | undefined;
  /**
   * `segment`: times of segments. `word`: of words, too, which costs some 5 %. `false`: the model does not think about
   * times; a segment is then a window. Default: `segment`.
   */
  readonly timestamps?: 'segment' | 'word' | false | undefined;
  /**
   * Whether stretches without speech are left out, by Silero's detector, which the folder must have. Default: true if it
   * has. Whisper invents text in silence and noise.
   */
  readonly vad?: boolean | undefined;
  /**
   * `sequential`: one window after the other; each begins where the text of the last one ends. `parallel`: the audio is
   * cut at pauses into pieces of at most 30 s, which are decoded together: faster, and no text is a prompt of the next.
   * Default: `sequential`.
   */
  readonly windows?: 'sequential' | 'parallel' | undefined;
  /** Aborts the call: it rejects with an `AbortError`. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each window. */
  readonly onProgress?: ((progress: TranscriptionProgress) => void) | undefined;
}

/** A word and its time. */
export interface TranscriptionWord {
  /** With its leading blank. */
  readonly word: string;
  /** Seconds from the start of the audio. */
  readonly start: number;
  /** Seconds from the start of the audio. */
  readonly end: number;
  /** Mean probability of its tokens. */
  readonly probability: number;
}

/** A stretch of the text, such as a sentence. */
export interface TranscriptionSegment {
  /** From 0. */
  readonly id: number;
  /** Where its window began, in steps of 10 ms. */
  readonly seek: number;
  /** Seconds from the start of the audio. */
  readonly start: number;
  /** Seconds from the start of the audio. */
  readonly end: number;
  /** Begins with a blank, where the language has any. */
  readonly text: string;
  /** Of the text, and its timestamps. */
  readonly tokens: readonly number[];
  /** Mean natural logarithm of the probabilities of the window's tokens. */
  readonly avgLogprob: number;
  /** How many times smaller zlib makes the window's text: repetitions make it large. */
  readonly compressionRatio: number;
  /** Probability that nobody speaks in the window. */
  readonly noSpeechProb: number;
  /** With which the tokens were drawn. */
  readonly temperature: number;
  /** With `timestamps: 'word'`. */
  readonly words?: readonly TranscriptionWord[];
}

/** The text of a recording. */
export interface Transcription {
  /** All of it. */
  readonly text: string;
  /** Code of the language of the audio. */
  readonly language: string;
  /** Seconds of audio. */
  readonly duration: number;
  /** In the order of time. */
  readonly segments: readonly TranscriptionSegment[];
  /** In the order of time; with `timestamps: 'word'`. */
  readonly words?: readonly TranscriptionWord[];
}
