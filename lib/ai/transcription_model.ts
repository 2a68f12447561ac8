import { AbortError } from '../errors.js';
import { languageCode } from '../languages.js';
import type { LoadSource } from '../load/index.js';
import { damageWarnings } from '../load/inner.js';
import type { Damage, Transcript } from '../openai/index.js';
import { type Recorder, type RecordingRequest, streamRecording, transcribeRecording } from '../openai/inner.js';
import { wavOf } from './input.js';
import { type CallSetting, ownOptions } from './options.js';
import type { AiCallOptions, AiTimedText, AiTranscript, AiTranscriptPart, CochleaTranscriptionModel } from './types.js';

type Granularities = readonly string[] | undefined;

/** Over an engine, as the AI SDK's `transcribe` takes it. */
export class TranscriptionModel implements CochleaTranscriptionModel {
  readonly specificationVersion = 'v4';
  readonly provider: string;
  readonly modelId: string;
  readonly #recorder: Recorder;
  readonly #concurrency: number;

  constructor(modelId: string, { name, recorder, concurrency }: CallSetting) {
    this.provider = name;
    this.modelId = modelId;
    this.#recorder = recorder;
    this.#concurrency = concurrency;
  }

  doGenerate(options: Parameters<CochleaTranscriptionModel['doGenerate']>[0]): Promise<AiTranscript> {
    const { audio } = options;
    const source = typeof audio === 'string' ? Buffer.from(audio, 'base64') : audio;
    return this.#generate(source, options, options.timestampGranularities);
  }

  doGenerateFromUrl(options: Parameters<CochleaTranscriptionModel['doGenerateFromUrl']>[0]): Promise<AiTranscript> {
    return this.#generate(options.audio, options, options.timestampGranularities);
  }

  async doStream({
    audio,
    inputAudioFormat,
    ...options
  }: Parameters<CochleaTranscriptionModel['doStream']>[0]): Promise<{ stream: ReadableStream<AiTranscriptPart> }> {
    const request = this.#request(wavOf(audio, inputAudioFormat), options, ['segments']);
    const events = streamRecording(this.#recorder, request, this.#plan(options.abortSignal));
    const parts = async function* (): AsyncGenerator<AiTranscriptPart, void> {
      yield { type: 'stream-start', warnings: [] };
      try {
        for await (const event of events) {
          if (event.type === 'delta') yield { type: 'transcript-delta', delta: event.text };
          else if (event.type === 'transcript') yield finish(event.transcript);
        }
      } catch (error) {
        if (error instanceof AbortError) throw error;
        yield { type: 'error', error };
      } finally {
        await events.return();
      }
    };
    return { stream: ReadableStream.from(parts()) as ReadableStream<AiTranscriptPart> };
  }

  async #generate(source: LoadSource, options: AiCallOptions, granularities: Granularities): Promise<AiTranscript> {
    const response = { timestamp: new Date(), modelId: this.modelId };
    const words = granularities?.includes('word') === true;
    const request = this.#request(source, options, words ? ['segments', 'words'] : ['segments']);
    const warnings: string[] = [];
    const plan = this.#plan(options.abortSignal, (damage) => warnings.push(...damageWarnings(damage)));
    const transcript = await transcribeRecording(this.#recorder, request, plan);
    const lacks = words && transcript.words === undefined && transcript.text !== '';
    if (lacks) warnings.push(`the model ${this.modelId} gives no times of words`);
    return {
      text: transcript.text,
      segments: (transcript.segments ?? []).map((each) => timed(each.text.trim(), each)),
      ...(words && transcript.words && { words: transcript.words.map((each) => timed(each.word.trim(), each)) }),
      language: transcript.language && languageCode(transcript.language),
      durationInSeconds: transcript.duration,
      warnings: warnings.map((message) => ({ type: 'other', message })),
      response,
    };
  }

  #request(source: LoadSource, options: AiCallOptions, needs: RecordingRequest['needs']): RecordingRequest {
    const { language, prompt, temperature, translate } = ownOptions(options);
    const task = translate ? 'translate' : 'transcribe';
    return { source, task, model: this.modelId, language, prompt, temperature, needs, fields: {}, lenient: true };
  }

  /** `onDamage`: the AI SDK has no place for warnings behind the start of a stream. */
  #plan(signal = new AbortController().signal, onDamage: (damage: Damage) => void = () => {}) {
    const concurrency = this.#concurrency;
    const nothing = () => undefined;
    return {
      signal,
      concurrency,
      chain: false,
      onPartError: 'finish',
      speakers: [],
      known: nothing,
      onDamage,
      onPart: nothing,
    } as const;
  }
}

function finish({ text, segments = [], language, duration }: Transcript): AiTranscriptPart {
  return {
    type: 'finish',
    text,
    segments: segments.map((each) => timed(each.text.trim(), each)),
    ...(language !== undefined && { language: languageCode(language) }),
    durationInSeconds: duration,
  };
}

function timed(text: string, { start, end }: { readonly start: number; readonly end: number }): AiTimedText {
  return { text, startSecond: start, endSecond: end };
}
