import { AbortError, ModelInvalidError } from '../../errors.js';
import type { OnnxSession, ValueInfo } from '../../onnx/index.js';
import type { Tensor } from '../../tensors/tensor.js';
import { frameSamples, type SpeechOptions, type SpeechRegion, speechRegions } from './regions.js';

/** Each frame is seen with the end of that before it. */
const contextSamples = 64;
const inputSamples = contextSamples + frameSamples;

/** Frames of one run: 33 s, 2.3 MB. So memory does not grow with the recording. */
const framesPerRun = 1024;

export interface DetectOptions extends SpeechOptions {
  /** Ends the detection after the current 33 s of audio. */
  readonly signal?: AbortSignal | undefined;
}

/** Of the names and shapes of `silero_vad_16k_sequence.onnx`. All are float32; axes with a name have any size. */
const contract = {
  inputs: { input: ['frames', inputSamples], h: [1, 1, 'hidden'], c: [1, 1, 'hidden'] },
  outputs: { speech_probs: ['frames'], hn: [1, 1, 'hidden'], cn: [1, 1, 'hidden'] },
} as const;

/**
 * Finds speech by Silero's VAD in the form for sequences (PyPI silero-vad 6.2.3, `silero_vad_16k_sequence.onnx`).
 *
 * It makes the frames on the calling thread, some 33 s of audio at a time, and the session runs them on the thread of
 * its device. The state of the network goes from each run to the next, so results are those of one long run; calls at
 * the same time do not share it. The session belongs to the caller, who closes it.
 */
export class SpeechDetector {
  readonly #session: OnnxSession;
  readonly #name: string;
  readonly #hidden: number;

  /**
   * @param name That of the model, for messages.
   * @throws {ModelInvalidError} The model has other inputs or outputs.
   */
  constructor(session: OnnxSession, name: string) {
    this.#session = session;
    this.#name = name;
    check(name, 'input', session.inputs, contract.inputs);
    check(name, 'output', session.outputs, contract.outputs);
    const hidden = session.inputs.find((input) => input.name === 'h')?.shape[2];
    if (typeof hidden !== 'number') fail(name, `does not state the size of its input 'h'`);
    this.#hidden = hidden;
  }

  /**
   * The parts of a recording that have speech, in order.
   *
   * @param samples Mono, 16 kHz, from -1 to 1.
   * @throws {AbortError} The signal aborted.
   * @throws {ModelFailedError} A run failed.
   */
  async detect(samples: Float32Array, { signal, ...options }: DetectOptions = {}): Promise<SpeechRegion[]> {
    return speechRegions(await this.probabilities(samples, signal), samples.length, options);
  }

  /**
   * The probability of speech in each frame of 512 samples. The last frame is filled with silence.
   *
   * @param samples Mono, 16 kHz, from -1 to 1.
   * @throws {AbortError} The signal aborted.
   * @throws {ModelFailedError} A run failed.
   */
  async probabilities(samples: Float32Array, signal?: AbortSignal): Promise<Float32Array> {
    const frames = Math.ceil(samples.length / frameSamples);
    const probabilities = new Float32Array(frames);
    const shape = [1, 1, this.#hidden];
    let h = new Float32Array(this.#hidden);
    let c = new Float32Array(this.#hidden);
    for (let first = 0; first < frames; first += framesPerRun) {
      if (signal?.aborted) throw new AbortError(signal.reason);
      const count = Math.min(framesPerRun, frames - first);
      const { speech_probs, hn, cn } = await this.#session.run({
        input: { data: framesOf(samples, first, count), shape: [count, inputSamples], dtype: 'float32' },
        h: { data: h, shape, dtype: 'float32' },
        c: { data: c, shape, dtype: 'float32' },
      });
      probabilities.set(this.#values('speech_probs', speech_probs, count), first);
      h = this.#values('hn', hn, this.#hidden);
      c = this.#values('cn', cn, this.#hidden);
    }
    return probabilities;
  }

  #values(name: string, tensor: Tensor | undefined, count: number): Float32Array<ArrayBuffer> {
    const data = tensor?.data as Float32Array<ArrayBuffer>;
    if (data.length !== count) fail(this.#name, `gave ${data.length} values of '${name}', where ${count} were due`);
    return data;
  }
}

/** Each with the samples before it; there is silence before the first and behind the last one. */
function framesOf(samples: Float32Array, first: number, count: number): Float32Array {
  const frames = new Float32Array(count * inputSamples);
  for (let i = 0; i < count; i++) {
    const begin = (first + i) * frameSamples - contextSamples;
    const lead = begin < 0 ? contextSamples : 0;
    frames.set(samples.subarray(begin + lead, begin + inputSamples), i * inputSamples + lead);
  }
  return frames;
}

function check(
  name: string,
  kind: 'input' | 'output',
  values: readonly ValueInfo[],
  expected: Readonly<Record<string, readonly (number | string)[]>>,
): void {
  const unknown = values.find((value) => !Object.hasOwn(expected, value.name));
  if (unknown !== undefined && kind === 'input') fail(name, `has the input '${unknown.name}', which is not known`);
  for (const [key, axes] of Object.entries(expected)) {
    const value = values.find((each) => each.name === key);
    const fits =
      value?.dtype === 'float32' &&
      value.shape.length === axes.length &&
      value.shape.every((size, i) => typeof size === 'string' || typeof axes[i] === 'string' || size === axes[i]);
    if (!fits) fail(name, `must have the ${kind} '${key}' float32 [${axes.join(', ')}], as Silero's VAD for sequences`);
  }
}

function fail(name: string, problem: string): never {
  throw new ModelInvalidError('ERR_MODEL_INVALID', `the model ${name} ${problem}`);
}
