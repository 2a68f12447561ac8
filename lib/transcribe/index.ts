/**
 * Transcription: text of speech with times, by Whisper in this process, through ONNX Runtime.
 *
 * @example
 * import { Transcriber } from 'cochlea/transcribe';
 * const transcriber = await Transcriber.load('models/whisper-base');
 * const { text, segments } = await transcriber.transcribe('talk.m4a');
 *
 * @module cochlea/transcribe
 */
export type { AudioSource } from '../decode/index.js';
export type { Provider, ProviderChoice, ProviderReport } from '../onnx/index.js';
export type { AudioSamples } from '../tensors/audio_samples.js';
export { TranscriberEngine } from './engine.js';
export { type DetectedLanguage, Transcriber, type TranscriberEvent } from './transcriber.js';
export type {
  TranscribeOptions,
  TranscriberOptions,
  Transcription,
  TranscriptionProgress,
  TranscriptionSegment,
  TranscriptionWord,
} from './types.js';
