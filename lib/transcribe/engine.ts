import type { AudioEngine, EngineRequest } from '../openai/index.js';
import type { AudioSamples } from '../tensors/audio_samples.js';
import type { Transcript, TranscriptSegment } from '../transcript.js';
import type { Transcriber } from './transcriber.js';
import type { TranscribeOptions, Transcription, TranscriptionSegment } from './types.js';

/** Longer recordings come in parts, which are decoded together. */
const longestPart = 600;

/** A transcriber as the engine of a gateway, of an `AudioClient` and of the AI SDK. It stays the caller's to close. */
export class TranscriberEngine implements AudioEngine {
  readonly #transcriber: Transcriber;
  readonly #model: string;

  /** `model`: its name in requests. */
  constructor(transcriber: Transcriber, model: string) {
    this.#transcriber = transcriber;
    this.#model = model;
  }

  /** One. */
  models(): readonly { readonly id: string }[] {
    return [{ id: this.#model }];
  }

  /** Ten minutes. */
  maxSeconds(): number {
    return longestPart;
  }

  /** The text. */
  async transcribe(audio: AudioSamples, request: EngineRequest): Promise<Transcript> {
    return transcriptOf(await this.#transcriber.transcribe(audio, optionsOf(request, 'transcribe')), request);
  }

  /** The text in English, of a multilingual model. */
  async translate(audio: AudioSamples, request: EngineRequest): Promise<Transcript> {
    return transcriptOf(await this.#transcriber.transcribe(audio, optionsOf(request, 'translate')), request);
  }
}

function optionsOf(
  { language, prompt, temperature, needs, signal }: EngineRequest,
  task: 'transcribe' | 'translate',
): TranscribeOptions {
  // 0 is OpenAI's default, and means the usual list there, too.
  const drawn = temperature === undefined || temperature === 0 ? {} : { temperature };
  return { language, prompt, task, signal, ...drawn, timestamps: needs.includes('words') ? 'word' : 'segment' };
}

function transcriptOf(
  { text, language, duration, segments, words }: Transcription,
  { needs }: EngineRequest,
): Transcript {
  return {
    ...{ text: text.trim(), language, duration, segments: segments.map(segmentOf) },
    ...(needs.includes('words') && { words: (words ?? []).map(({ word, start, end }) => ({ word, start, end })) }),
    usage: { type: 'duration', seconds: Math.ceil(duration) },
  };
}

function segmentOf(segment: TranscriptionSegment): TranscriptSegment {
  const { id, seek, start, end, text, tokens, temperature, avgLogprob, compressionRatio, noSpeechProb } = segment;
  return {
    ...{ id, seek, start, end, text, tokens, temperature },
    avg_logprob: avgLogprob,
    compression_ratio: compressionRatio,
    no_speech_prob: noSpeechProb,
  };
}
