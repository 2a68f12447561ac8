import type { InferenceSession } from 'onnxruntime-node';
import { writeModel } from './writer/model.js';

/** The smallest model with the operators of towers: a convolution, for which CUDA loads cuDNN, and arithmetic. */
export function trialModel(): Uint8Array<ArrayBuffer> {
  const scalarSeries = (name: string, length: number) => ({ name, dtype: 'float32', shape: [1, 1, length] }) as const;
  return writeModel({
    name: 'trial',
    inputs: [scalarSeries('x', 4)],
    outputs: [scalarSeries('y', 2)],
    initializers: [{ ...scalarSeries('w', 3), data: Float32Array.of(1, 10, 100) }],
    nodes: [
      { op: 'Conv', inputs: ['x', 'w'], outputs: ['convolved'] },
      { op: 'Add', inputs: ['convolved', 'convolved'], outputs: ['y'] },
    ],
  });
}

/** Whether the result of the model is correct. */
export async function tryModel(session: InferenceSession): Promise<boolean> {
  const x = { data: Float32Array.of(1, 2, 3, 4), dims: [1, 1, 4], type: 'float32', location: 'cpu' };
  const results = await session.run({ x } as unknown as InferenceSession.FeedsType);
  return String(results.y?.data) === '642,864';
}
