import type { DType, Tensor } from '../tensors/tensor.js';

/** Where models run: on an NVIDIA GPU, on any GPU through WebGPU, or on the CPU. */
export type Provider = 'cuda' | 'webgpu' | 'cpu';

/** `auto`: CUDA if it works here, else the CPU. A named provider is used, or is an error. */
export type ProviderChoice = Provider | 'auto';

/** State of one provider on this machine. */
export interface ProviderReport {
  /** Which provider. */
  readonly provider: Provider;
  /** Whether models run on it here. */
  readonly available: boolean;
  /** Why it is not available; `undefined` if it is. */
  readonly reason: string | undefined;
  /** What to do about that; `undefined` if it is available. */
  readonly remedy: string | undefined;
}

export interface SessionOptions {
  /** Default: `auto`. */
  readonly provider?: ProviderChoice | undefined;
  /** Which GPU, as CUDA counts them. Other providers have one device. Default: 0. */
  readonly deviceId?: number | undefined;
  /** Threads of a run on the CPU, from 1 to 1024. Default: one for each physical core. */
  readonly threads?: number | undefined;
}

/**
 * Element types of the inputs and outputs of a model, named as in NumPy. Their arrays: `Float32Array`,
 * `Uint16Array` (the bits of float16, with every version of Node), `Int32Array`, `BigInt64Array`, and `Uint8Array` for
 * bool (0 or 1).
 */
export type OnnxDType = (typeof onnxDTypes)[number];
export const onnxDTypes = ['float32', 'float16', 'int32', 'int64', 'bool'] as const satisfies readonly DType[];

/** An input or output of a model. Axes of any size have a name instead of a number. */
export interface ValueInfo {
  readonly name: string;
  readonly dtype: OnnxDType;
  readonly shape: readonly (number | string)[];
}

export type OnnxTensors = Readonly<Record<string, Tensor>>;
