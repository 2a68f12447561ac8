import { RequestInvalidError } from '../errors.js';
import type { AudioEngine, SpeechFormat } from '../openai/index.js';
import { askToSpeak, servedSpeech, speechFormats } from '../openai/inner.js';
import type { CallSetting } from './options.js';
import type { AiWarning, CochleaSpeechModel } from './types.js';

/** Over an engine, as the AI SDK's `generateSpeech` takes it. */
export class SpeechModel implements CochleaSpeechModel {
  readonly specificationVersion = 'v4';
  readonly provider: string;
  readonly modelId: string;
  readonly #engine: AudioEngine;

  constructor(modelId: string, { name, recorder }: CallSetting) {
    this.provider = name;
    this.modelId = modelId;
    this.#engine = recorder.engine;
  }

  async doGenerate(options: Parameters<CochleaSpeechModel['doGenerate']>[0]) {
    const { text, voice = 'alloy', outputFormat = 'mp3', instructions, speed, language, abortSignal } = options;
    const response = { timestamp: new Date(), modelId: this.modelId };
    const format = speechFormats.find((each) => each === outputFormat);
    if (format === undefined) throw invalid(`outputFormat must be ${speechFormats.join(' or ')}, got ${outputFormat}`);
    const signal = abortSignal ?? new AbortController().signal;
    const request = { model: this.modelId, input: text, voice, format, instructions, speed, signal };
    const audio = await gathered(servedSpeech(await askToSpeak(this.#engine, request), format as SpeechFormat, signal));
    const warnings: AiWarning[] =
      language === undefined ? [] : [{ type: 'other', message: 'language is not used: the voice decides' }];
    return { audio, warnings, response };
  }
}

async function gathered(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of pieces) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}

function invalid(message: string): RequestInvalidError {
  return new RequestInvalidError('ERR_REQUEST_INVALID', message);
}
