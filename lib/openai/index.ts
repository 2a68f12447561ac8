/**
 * Text of any recording, and speech of any text, by servers that speak OpenAI's audio API, or by an engine of your own.
 *
 * @example
 * import OpenAI from 'openai';
 * import { AudioClient } from 'cochlea/openai';
 * const client = new AudioClient(new OpenAI({ baseURL: 'http://127.0.0.1:8000/v1' }));
 * const { text } = await client.transcribe('lecture.wma', { model: 'whisper-1' });
 *
 * @module cochlea/openai
 */

export type { Damage } from '../media_info.js';
export type { AddressStats } from '../services/addresses.js';
export type {
  DurationUsage,
  TokenUsage,
  Transcript,
  TranscriptLanguage,
  TranscriptLogprob,
  TranscriptSegment,
  TranscriptUsage,
  TranscriptWord,
} from '../transcript.js';
export { AudioClient } from './client.js';
export type {
  AudioEngine,
  EngineEvent,
  EngineModel,
  EngineRequest,
  EngineSpeech,
  EngineSpeechRequest,
  SpeechFormat,
  SpeechVoice,
} from './engine.js';
export type { ServerLimits } from './server/limits.js';
export type { OpenAIClient, OpenAIRoute, SdkCall } from './server/sdk_channel.js';
export { SpeechAudio } from './speech/speech_audio.js';
export { type Cue, parseSrt, parseVtt, renderSrt, renderVtt } from './subtitles/index.js';
export {
  type RenderOptions,
  renderTranscript,
  type TranscriptFormat,
  type TranscriptNeed,
} from './transcript/render.js';
export type { TranscriptionSegment } from './transcript/verbose.js';
export type * from './types.js';
export { UpstreamEngine, type UpstreamOptions } from './upstream.js';
