// The results are those of OpenAI's SDK and of the AI SDK, for their compilers.
import type {
  Experimental_TranscriptionModelV4StreamPart,
  SpeechModelV4,
  TranscriptionModelV4,
} from '@ai-sdk/provider';
import { generateSpeech, transcribe } from 'ai';
import { type AiTranscriptPart, createCochlea } from 'cochlea/ai';
import { AudioClient, type TranscriptFormat, type TranscriptionEvent, UpstreamEngine } from 'cochlea/openai';
import { OpenAI as LatestOpenAI } from 'openai';
import { AzureOpenAI, OpenAI } from 'openai-oldest';

const azure = new AzureOpenAI({ endpoint: 'https://name.openai.azure.com', apiVersion: '2025-04-01-preview' });
const client = new AudioClient(new OpenAI());
const clients: AudioClient[] = [client, new AudioClient(azure), new AudioClient(new LatestOpenAI())];
// @ts-expect-error it is no client
clients.push(new AudioClient({ baseURL: 'http://127.0.0.1' }));

const params = <Format extends TranscriptFormat>(response_format: Format) => ({ model: 'whisper-1', response_format });
const json = await client.transcribe('a.wma', params('json'));
const verbose = await client.transcribe('a.wma', params('verbose_json'));
const diarized = await client.transcribe('a.wma', params('diarized_json'));
const english = await client.translate('a.wma', { model: 'whisper-1' });
const verboseEnglish = await client.translate('a.wma', { model: 'whisper-1', response_format: 'verbose_json' });

export const oldest: [
  OpenAI.Audio.Transcription,
  OpenAI.Audio.TranscriptionVerbose,
  OpenAI.Audio.TranscriptionDiarized,
  OpenAI.Audio.Translation,
  OpenAI.Audio.TranslationVerbose,
] = [json, verbose, diarized, english, verboseEnglish];
export const latest: [
  LatestOpenAI.Audio.Transcription,
  LatestOpenAI.Audio.TranscriptionVerbose,
  LatestOpenAI.Audio.TranscriptionDiarized,
  LatestOpenAI.Audio.Translation,
  LatestOpenAI.Audio.TranslationVerbose,
] = [json, verbose, diarized, english, verboseEnglish];
export const texts: string[] = [
  await client.transcribe('a.wma', params('text')),
  await client.transcribe('a.wma', params('srt')),
  await client.transcribe('a.wma', params('vtt')),
];
export const event = (
  given: TranscriptionEvent,
): OpenAI.Audio.TranscriptionStreamEvent & LatestOpenAI.Audio.TranscriptionStreamEvent => given;

// What the SDKs take, we take.
export const transcription = (
  file: Uint8Array,
  given: Omit<OpenAI.Audio.TranscriptionCreateParamsNonStreaming, 'file' | 'stream'>,
) => client.transcribe(file, given as Parameters<typeof client.transcribe>[1]);
export const speech = (given: OpenAI.Audio.SpeechCreateParams & LatestOpenAI.Audio.SpeechCreateParams) =>
  client.speech(given);

const cochlea = createCochlea({ engine: new UpstreamEngine({ addresses: 'http://127.0.0.1:8000' }) });
export const model: TranscriptionModelV4 = cochlea.transcription('whisper-1');
export const voice: SpeechModelV4 = cochlea.speech('tts-1');
export const part = (given: AiTranscriptPart): Experimental_TranscriptionModelV4StreamPart => given;
const { text } = await transcribe({ model: cochlea.transcription('whisper-1'), audio: new Uint8Array() });
const { audio } = await generateSpeech({ model: cochlea.speech('tts-1'), text });
export const bytes: Uint8Array = audio.uint8Array;
