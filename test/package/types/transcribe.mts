// Whisper in this process, for compilers; and behind all that takes an engine.
import type { TranscriptionModelV4 } from '@ai-sdk/provider';
import { decode } from 'cochlea';
import { createCochlea } from 'cochlea/ai';
import { AudioClient, type AudioEngine } from 'cochlea/openai';
import {
  type DetectedLanguage,
  type TranscribeOptions,
  Transcriber,
  TranscriberEngine,
  type TranscriberOptions,
  type Transcription,
  type TranscriptionSegment,
  type TranscriptionWord,
} from 'cochlea/transcribe';

const loading: TranscriberOptions = { provider: 'cpu', precision: 'int8', threads: 4, maxBatch: 8 };
// @ts-expect-error it is no precision
export const wrong: TranscriberOptions = { precision: 'int4' };
const transcriber: Transcriber = await Transcriber.load(new URL('file:///models/whisper-base'), loading);

const options: TranscribeOptions = {
  language: 'en',
  temperature: [0, 0.4],
  noSpeechThreshold: null,
  timestamps: 'word',
  windows: 'parallel',
  signal: new AbortController().signal,
  onProgress: ({ seconds, duration }) => console.log(seconds / duration),
};
const result: Transcription = await transcriber.transcribe('talk.m4a', options);
export const segments: readonly TranscriptionSegment[] = result.segments;
// Only with `timestamps: 'word'`.
export const words: readonly TranscriptionWord[] | undefined = result.words;
// @ts-expect-error there may be none
export const sure: readonly TranscriptionWord[] = result.words;

const decoded = await decode(new Uint8Array(), { sampleRate: 16_000, channels: 1 });
for await (const { start, end, text, avgLogprob } of transcriber.transcribeStream(decoded, { timestamps: false })) {
  console.log(start.toFixed(2), end.toFixed(2), text.trim(), avgLogprob);
}
await transcriber.transcribe({ data: new Float32Array(16_000), sampleRate: 16_000 });
const { language, probabilities }: DetectedLanguage = await transcriber.detectLanguage('talk.m4a');
export const odds: number | undefined = probabilities[language];

const engine: AudioEngine = new TranscriberEngine(transcriber, 'whisper-base');
export const { text } = await new AudioClient(engine).transcribe('talk.m4a', { model: 'whisper-base' });
export const model: TranscriptionModelV4 = createCochlea({ engine }).transcription('whisper-base');
await transcriber.close();
