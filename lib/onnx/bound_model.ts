import { type NativeOnnxBinding, type NativeOnnxModel, type NativeTensor, native } from '../native/binding.js';
import { findRuntime } from './runtime.js';
import { nativeOptions } from './session_options.js';
import type { Device } from './thread_messages.js';

/**
 * Note [Bound memory]: `run` of onnxruntime-node copies each output into a new array, also if it was given one to write to.
 * The caches of a decoder are outputs in the memory of inputs: in Whisper base these copies were 20 MB for each token, and
 * took 6 of 16 ms. So programs run their models by the C API of the library that onnxruntime-node has loaded, in memory
 * of their own.
 */
export class BoundModel {
  readonly #native: NativeOnnxModel;

  /** In a turn, when the runtime has been loaded. Takes its time. Errors are those of ONNX Runtime. */
  constructor(model: string, device: Device) {
    this.#native = new native.OnnxModel(findRuntime().library, model, nativeOptions(device));
  }

  /** Name → shape; -1 for what a run decides. */
  get inputs(): Readonly<Record<string, readonly number[]>> {
    return this.#native.inputs;
  }

  get outputs(): Readonly<Record<string, readonly number[]>> {
    return this.#native.outputs;
  }

  /** All inputs, and the outputs that are wanted. `run` of the result takes its time, and belongs into a turn. */
  bind(inputs: readonly NativeTensor[], outputs: readonly NativeTensor[]): NativeOnnxBinding {
    return new native.OnnxBinding(this.#native, inputs, outputs);
  }

  /** Release its bindings, too. */
  release(): void {
    this.#native.release();
  }
}
