import { RequestInvalidError } from '../errors.js';
import type { AudioEngine } from '../openai/index.js';
import { askToSpeak, servedSpeech, speechFormats } from '../openai/inner.js';
import { gathered } from '../producers/gathered.js';
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
    const speech = await askToSpeak(this.#engine, request);
    const audio = new Uint8Array(await gathered(servedSpeech(speech, format, signal)));
    const warnings: AiWarning[] =
      language === undefined ? [] : [{ type: 'other', message: 'language is not used: the voice decides' }];
    return { audio, warnings, response };
  }
}

function invalid(message: string): RequestInvalidError {
  return new RequestInvalidError('ERR_REQUEST_INVALID', message);
}
