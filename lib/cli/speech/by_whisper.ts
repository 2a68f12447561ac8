import { renderTranscript } from '../../openai/index.js';
import { needsOf } from '../../openai/inner.js';
import { type TranscribeOptions, Transcriber } from '../../transcribe/index.js';
import { checkTranscribeOptions, temperatureOf, transcriptOf } from '../../transcribe/inner.js';
import { damageLines } from '../damage.js';
import type { Planned } from '../output/output_plan.js';
import type { Progress } from '../progress.js';
import { Sources } from '../sources.js';
import { printable } from '../terminal.js';
import type { Format, Made, TranscribeFlags, Writer } from './flags.js';

/**
 * Loads a Whisper.
 *
 * @throws As `Transcriber.load`.
 */
export function loadWhisper(folder: string, { provider, precision }: TranscribeFlags): Promise<Transcriber> {
  // --concurrency limits the number of sources in progress.
  return Transcriber.load(folder, { provider, precision, maxQueue: 1_000_000 });
}

/** Makes the text in this process. Windows of all sources in progress are decoded together. */
export class ByWhisper implements Writer {
  readonly jobs: number;
  readonly #transcriber: Transcriber;
  readonly #sources: Sources;
  readonly #flags: TranscribeFlags;
  readonly #progress: Progress;
  readonly #signal: AbortSignal;

  /**
   * The transcriber becomes its own, to close, when all is well.
   *
   * @throws {TypeError | RangeError} An option is wrong, or the model cannot do it.
   */
  constructor(transcriber: Transcriber, flags: TranscribeFlags, progress: Progress, signal: AbortSignal) {
    checkTranscribeOptions(optionsOf(flags), transcriber);
    this.#sources = new Sources({ sampleRate: 16_000, channels: 1 }, flags, (each) => progress.received(each));
    this.jobs = flags.concurrency;
    this.#transcriber = transcriber;
    this.#flags = flags;
    this.#progress = progress;
    this.#signal = signal;
  }

  async make({ file, format }: Planned<Format>): Promise<Made> {
    const signal = this.#signal;
    const { words, translate, json } = this.#flags;
    const audio = await this.#sources.decode(file, { signal });
    const { damage } = audio;
    const lines = damageLines(file, damage);
    if (!json) this.#progress.say(lines);
    let done = 0;
    const transcription = await this.#transcriber.transcribe(audio, {
      ...optionsOf(this.#flags),
      signal,
      onProgress: ({ seconds, duration }) => {
        this.#progress.heard(seconds - done, duration);
        done = seconds;
      },
    });
    const { language, duration: seconds } = transcription;
    const named = format === 'txt' ? 'text' : format;
    const needs = needsOf(named, words && ['word', 'segment']);
    const task = translate ? 'translate' : 'transcribe';
    const result = renderTranscript(transcriptOf(transcription, needs), named, { task, needs });
    return { result, facts: { language, seconds }, damage: lines === '' ? undefined : damage };
  }

  async close(): Promise<void> {
    await Promise.all([this.#sources.close(), this.#transcriber.close()]);
  }
}

function optionsOf(flags: TranscribeFlags): TranscribeOptions {
  const { language, prompt, temperature, words, translate, vad, windows } = flags;
  return {
    language,
    prompt,
    windows,
    ...temperatureOf(temperature),
    task: translate ? 'translate' : 'transcribe',
    timestamps: words ? 'word' : 'segment',
    // Otherwise as the folder has it.
    ...(!vad && { vad }),
  };
}

/** Says what was loaded, where it runs, and why not elsewhere. */
export function whisperLines(folder: string, transcriber: Transcriber): string {
  const { precision, provider, declined, multilingual, vad } = transcriber;
  const knows = multilingual ? [] : 'English only';
  const hears = vad ? [] : 'no detector of speech (vad.onnx)';
  const head = `${printable(folder)}: ${['Whisper', precision, knows, hears].flat().join(', ')}, on ${provider}\n`;
  return head + declined.map((each) => `  not on ${each.provider}: ${printable(each.reason ?? '')}\n`).join('');
}
