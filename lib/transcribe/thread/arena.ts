import type { NativeTensor } from '../../native/binding.js';
import type { DecoderShape } from './messages.js';

/**
 * The memory of all windows that are being decoded: keys and values of the self-attention, which grow with each token,
 * and those of the cross-attention. A place is the same part of each buffer, so neighbouring places are one tensor
 * without a copy. The decoder reads and writes the buffers in place.
 *
 * Its size is that of all places. The operating system gives memory when a place is first used.
 */
export class Arena {
  readonly places: number;
  readonly #buffers: readonly Buffer[];
  readonly #taken: boolean[];

  /** `eight`: whether the cross-attention is in 8 bits. */
  constructor(eight: boolean, shape: DecoderShape, places: number) {
    this.places = places;
    this.#taken = new Array<boolean>(places).fill(false);
    this.#buffers = Array.from({ length: shape.layers }, (_, layer) =>
      ['key', 'value'].flatMap((kind) => [
        {
          input: `past_${kind}_${layer}`,
          output: `present_${kind}_${layer}`,
          ...allocate('float32', places, [shape.heads, shape.positions, shape.headSize]),
        },
        {
          input: `cross_${kind}_${layer}`,
          output: eight ? `kept_cross_${kind}_${layer}` : undefined,
          ...allocate(eight ? 'int8' : 'float32', places, [shape.heads, shape.frames, shape.headSize]),
        },
        ...(eight
          ? [
              {
                input: `cross_${kind}_scale_${layer}`,
                output: undefined,
                ...allocate('float32', places, [1, shape.heads * shape.headSize]),
              },
            ]
          : []),
      ]),
    ).flat();
  }

  /** The first free place, which is taken. */
  take(): number {
    const place = this.#taken.indexOf(false);
    if (place < 0) throw new Error('all places are taken');
    this.#taken[place] = true;
    return place;
  }

  free(place: number): void {
    this.#taken[place] = false;
  }

  /** Where a run over the places from `first` to `last` reads, and where it writes. */
  tensors(first: number, last: number): ArenaTensors {
    const inputs: NativeTensor[] = [];
    const outputs: NativeTensor[] = [];
    for (const { input, output, data, row } of this.#buffers) {
      const size = elements(row);
      const view = data.subarray(first * size, (last + 1) * size);
      const dims = [last - first + 1, ...row];
      inputs.push({ name: input, data: view, dims });
      if (output !== undefined) outputs.push({ name: output, data: view, dims });
    }
    return { inputs, outputs };
  }
}

/** By the names of the decoder. */
export interface ArenaTensors {
  readonly inputs: readonly NativeTensor[];
  readonly outputs: readonly NativeTensor[];
}

interface Buffer extends Allocation {
  readonly input: string;
  readonly output: string | undefined;
}

interface Allocation {
  readonly data: Float32Array | Int8Array;
  /** Shape of one place. */
  readonly row: readonly number[];
}

function allocate(type: 'float32' | 'int8', places: number, row: readonly number[]): Allocation {
  const size = places * elements(row);
  return { data: type === 'int8' ? new Int8Array(size) : new Float32Array(size), row };
}

/** How many a tensor of this shape has. */
export function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
