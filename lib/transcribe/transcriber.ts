import { channel } from 'node:diagnostics_channel';
import { following, untilAborted } from '../async/abort.js';
import { Semaphore } from '../async/semaphore.js';
import { type TraceEvent, traced } from '../async/traced.js';
import { type AudioSource, decode } from '../decode/index.js';
import { AbortError, BusyError, ClosedError } from '../errors.js';
import type { Provider, ProviderReport } from '../onnx/index.js';
import { type AudioSamples, checkSamples } from '../tensors/audio_samples.js';
import { checkPath } from '../tower/inner.js';
import { checkTranscribeOptions, checkTranscriberOptions, type TranscribeRequest } from './options.js';
import { parallel } from './parallel.js';
import type { SegmentDraft } from './segments.js';
import { type Stretch, samplesPerFrame, sequential } from './sequential.js';
import type { TranscribeOptions, TranscriberOptions, Transcription, TranscriptionSegment } from './types.js';
import { Whisper } from './whisper.js';

/** `cochlea:transcribe`, on `node:diagnostics_channel`: a call has ended. */
export interface TranscriberEvent extends TraceEvent {
  /** Seconds of the audio; 0 if the call failed. */
  readonly seconds: number;
}

const transcriptions = channel('cochlea:transcribe');
const sampleRate = 16_000;

/** The language of a recording. */
export interface DetectedLanguage {
  /** Code of the most probable one. */
  readonly language: string;
  /** Of all that the model knows, by code. */
  readonly probabilities: Readonly<Record<string, number>>;
}

/**
 * Makes text of speech, with times, by Whisper in this process.
 *
 * One transcriber serves a whole service: windows of concurrent calls are decoded together. The models run on the threads
 * of their devices, so the event loop is not blocked.
 *
 * @example
 * await using transcriber = await Transcriber.load('models/whisper-base');
 * const { text, segments } = await transcriber.transcribe('talk.m4a');
 */
export class Transcriber implements AsyncDisposable {
  /** Whether it knows other languages than English. */
  readonly multilingual: boolean;
  /** Codes of the languages that it knows. */
  readonly languages: readonly string[];
  /** Whether it can leave out what is not speech. */
  readonly vad: boolean;
  /** Precision of the encoder. */
  readonly precision: 'fp32' | 'fp16' | 'int8';
  /** Where the encoder runs. */
  readonly provider: Provider;
  /** Providers that `provider: 'auto'` did not choose, with reasons. */
  readonly declined: readonly ProviderReport[];
  readonly #whisper: Whisper;
  /** Calls whose audio is in memory: twice as many as windows are decoded together. */
  readonly #lanes: Semaphore;
  readonly #maxQueue: number;
  readonly #calls = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  private constructor(whisper: Whisper, { maxQueue = 1024 }: TranscriberOptions) {
    const { descriptor, tokenizer, precision, provider, tower } = whisper;
    this.#whisper = whisper;
    this.multilingual = descriptor.multilingual;
    this.languages = descriptor.multilingual ? [...tokenizer.languages.keys()] : ['en'];
    this.vad = whisper.detector !== undefined;
    this.precision = precision;
    this.provider = provider;
    this.declined = tower.declined;
    this.#lanes = new Semaphore(2 * whisper.places);
    this.#maxQueue = maxQueue;
  }

  /**
   * Loads a Whisper that `tools/export/export_whisper.py` wrote.
   *
   * @param folder With `cochlea.json`.
   * @throws {TypeError | RangeError} An argument is wrong.
   * @throws {ProviderUnavailableError} ONNX Runtime is not installed, or the provider that is named does not work here.
   * @throws {ModelInvalidError} The folder or a model is not valid, or it holds an encoder alone.
   */
  static async load(folder: string | URL, options: TranscriberOptions = {}): Promise<Transcriber> {
    const checked = checkTranscriberOptions(options);
    return new Transcriber(await Whisper.load(checkPath(folder), checked), checked);
  }

  /**
   * The text of a recording of any length.
   *
   * @param audio Samples of one channel at 16 kHz, or a source that is decoded with the default limits: a path, bytes, a
   * stream. Samples are read in place: leave them unchanged until the call settles.
   * @throws {TypeError | RangeError} An argument is wrong (at the call).
   * @returns A promise that rejects with
   * - what `decode` rejects with, of a source;
   * - `NonFiniteError`: a sample is NaN or infinite;
   * - `BusyError`: `maxQueue` calls are already waiting;
   * - `ModelFailedError`: a run failed, or its thread ended;
   * - `ClosedError`: the transcriber was closed;
   * - `AbortError`: `signal` aborted.
   */
  transcribe(audio: AudioSamples | AudioSource, options: TranscribeOptions = {}): Promise<Transcription> {
    const request = checkTranscribeOptions(options, this);
    const samples = this.#samplesOf(audio, request.signal);
    return this.#tracked(request.signal, async () => {
      const segments: TranscriptionSegment[] = [];
      const progress = this.#run(samples, request);
      for (;;) {
        const next = await progress.next();
        if (!next.done) segments.push(next.value);
        else return transcription(segments, next.value, request);
      }
    });
  }

  /**
   * The segments of a recording, as its windows are done. Leaving the loop ends the work.
   *
   * @throws {TypeError | RangeError} An argument is wrong (at the call).
   * @returns An iterator that throws what `transcribe` rejects with.
   */
  transcribeStream(
    audio: AudioSamples | AudioSource,
    options: TranscribeOptions = {},
  ): AsyncGenerator<TranscriptionSegment, void, undefined> {
    const request = checkTranscribeOptions(options, this);
    return this.#stream(this.#samplesOf(audio, request.signal), request);
  }

  /** The language of the first 30 s. Rejects as `transcribe`. */
  detectLanguage(audio: AudioSamples | AudioSource, options: { signal?: AbortSignal } = {}): Promise<DetectedLanguage> {
    const request = checkTranscribeOptions({ ...options, vad: false }, this);
    const samples = this.#samplesOf(audio, request.signal);
    return this.#tracked(request.signal, async () =>
      this.#detect((await samples()).subarray(0, 30 * sampleRate), request.signal),
    );
  }

  /** Waits for all running calls, then frees the models. Later calls reject with `ERR_CLOSED`. */
  close(): Promise<void> {
    this.#closing ??= Promise.allSettled(this.#calls).then(() => this.#whisper.close());
    return this.#closing;
  }

  /** The same as `close()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Samples are checked at once. A source is decoded when the call has its turn. */
  #samplesOf(audio: AudioSamples | AudioSource, signal: AbortSignal | undefined): () => Promise<Float32Array> {
    if (!isSamples(audio)) {
      return async () => (await decode(audio, { sampleRate, channels: 1, signal })).data;
    }
    const checked = checkSamples('audio', audio);
    if (checked.sampleRate !== sampleRate || checked.channels !== 1) {
      throw new RangeError(
        `audio must have one channel at ${sampleRate} Hz, got ${checked.channels} at ${checked.sampleRate} Hz: decode it with { sampleRate: ${sampleRate}, channels: 1 }`,
      );
    }
    return async () => checked.data;
  }

  #tracked<Result>(signal: AbortSignal | undefined, work: () => Promise<Result>): Promise<Result> {
    return traced<TranscriberEvent, Result>(
      transcriptions,
      async () => {
        const leave = await this.#enter(signal);
        try {
          return await work();
        } finally {
          leave();
        }
      },
      (result) => ({ seconds: (result as Partial<Transcription> | undefined)?.duration ?? 0 }),
    );
  }

  /** Waits for the call's turn. It lasts until the returned function is called. */
  async #enter(signal: AbortSignal | undefined): Promise<() => void> {
    if (this.#closing) throw new ClosedError('ERR_CLOSED', 'the transcriber was closed');
    if (this.#lanes.full && this.#lanes.waiting >= this.#maxQueue) {
      throw new BusyError('ERR_BUSY', `the queue is full: ${this.#maxQueue} calls are waiting`);
    }
    let left = (): void => {};
    const call = new Promise<void>((resolve) => {
      left = resolve;
    });
    this.#calls.add(call);
    const done = (): void => {
      this.#calls.delete(call);
      left();
    };
    try {
      const release = await this.#lanes.acquire(1, signal);
      return () => {
        release();
        done();
      };
    } catch (error) {
      done();
      throw error;
    }
  }

  async *#stream(
    samples: () => Promise<Float32Array>,
    request: TranscribeRequest,
  ): AsyncGenerator<TranscriptionSegment, void, undefined> {
    const leave = await this.#enter(request.signal);
    const stop = following(request.signal);
    try {
      yield* this.#run(samples, { ...request, signal: stop.signal });
    } finally {
      stop.abort();
      stop.release();
      leave();
    }
  }

  /** The segments as they come; at the end the language and the seconds. */
  async *#run(
    decoded: () => Promise<Float32Array>,
    request: TranscribeRequest,
  ): AsyncGenerator<TranscriptionSegment, Facts, undefined> {
    const { signal, onProgress } = request;
    const whisper = this.#whisper;
    const samples = await untilAborted(decoded(), signal);
    const duration = samples.length / sampleRate;
    const stretches = await this.#stretches(samples, request);
    const [first] = stretches;
    if (first === undefined) return { language: request.language ?? 'en', duration };
    const language = request.language ?? (await this.#detect(windowAt(samples, first), signal)).language;
    const loop = request.windows === 'parallel' ? parallel : sequential;
    let id = 0;
    for await (const { segments, seek } of loop(whisper, samples, stretches, request, language)) {
      for (const segment of segments) yield published(segment, id++, duration);
      onProgress?.({ seconds: Math.min(duration, (seek * samplesPerFrame) / sampleRate), duration });
      if (signal?.aborted) throw new AbortError(signal.reason);
    }
    onProgress?.({ seconds: duration, duration });
    return { language, duration };
  }

  /** The parts that are transcribed. */
  async #stretches(samples: Float32Array, { vad, signal }: TranscribeRequest): Promise<readonly Stretch[]> {
    const end = Math.floor(samples.length / samplesPerFrame);
    const regions = vad
      ? await this.#whisper.detector?.detect(samples, { signal })
      : [{ start: 0, end: samples.length }];
    return (regions ?? [])
      .map((region) => ({
        start: Math.floor(region.start / samplesPerFrame),
        end: Math.min(end, Math.ceil(region.end / samplesPerFrame)),
      }))
      .filter((stretch) => stretch.end > stretch.start);
  }

  async #detect(samples: Float32Array, signal: AbortSignal | undefined): Promise<DetectedLanguage> {
    const { languages } = this;
    if (!this.multilingual) return { language: 'en', probabilities: { en: 1 } };
    const { tokenizer, prompts } = this.#whisper;
    const tokens = languages.map((code) => tokenizer.languages.get(code) as number);
    const odds = await this.#whisper.window(samples.slice(), signal, (window) =>
      window.languages(prompts.start, tokens),
    );
    const best = odds.indexOf(Math.max(...odds));
    return {
      language: languages[best] as string,
      probabilities: Object.fromEntries(languages.map((code, i) => [code, odds[i] as number])),
    };
  }
}

interface Facts {
  readonly language: string;
  readonly duration: number;
}

function isSamples(audio: AudioSamples | AudioSource): audio is AudioSamples {
  return typeof audio === 'object' && audio !== null && 'data' in audio && 'sampleRate' in audio;
}

function windowAt(samples: Float32Array, { start }: Stretch): Float32Array {
  return samples.subarray(start * samplesPerFrame, start * samplesPerFrame + 30 * sampleRate);
}

/** Times do not go beyond the audio, where a window ends with silence. */
function published(segment: SegmentDraft, id: number, duration: number): TranscriptionSegment {
  const { seek, start, end, text, tokens, avgLogprob, compressionRatio, noSpeechProb, temperature, words } = segment;
  return {
    ...{ id, seek, start: Math.min(start, duration), end: Math.min(end, duration), text, tokens },
    ...{ avgLogprob, compressionRatio, noSpeechProb, temperature },
    ...(words && { words }),
  };
}

function transcription(
  segments: readonly TranscriptionSegment[],
  { language, duration }: Facts,
  { timestamps }: TranscribeRequest,
): Transcription {
  const text = segments.map((segment) => segment.text).join('');
  const words = segments.flatMap((segment) => segment.words ?? []);
  return { text, language, duration, segments, ...(timestamps === 'word' && { words }) };
}
