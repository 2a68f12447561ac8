import { elementTypes, GraphBuilder, writeModel } from '../onnx/writer/index.js';
import { hannWindow, melFilters } from './mel.js';
import type { FeatureSpec } from './spec.js';

/**
 * The front end as an ONNX model. Input `audio`: float32 `[batch, samples]`, with the zeros of the padding, more than
 * `nFft / 2` samples. Output `input_features`: float32 `[batch, mels, frames]`, frames = samples / hopLength rounded
 * down.
 *
 * With `float64`, features are within 1e-6 of the native ones. WebGPU has no float64. With `float32`, values far below
 * the loudest of their frame are off by up to 1e-4, as in every transform of single precision.
 *
 * The graph consists of matrix products. ONNX's own DFT is slow on the CPU, inexact, and missing in CUDA. With float32,
 * ONNX Runtime rounds to TF32 by default on CUDA; with float64 it cannot.
 */
export function logMelModel(spec: FeatureSpec, float: 'float64' | 'float32'): Uint8Array<ArrayBuffer> {
  const graph = new GraphBuilder(float);
  const audio = graph.add('Cast', ['audio'], { to: BigInt(elementTypes[float]) });
  const frames = addFrames(graph, spec, audio);
  const power = addPower(graph, spec, frames);
  addLogMel(graph, spec, power, 'input_features');
  return writeModel({
    name: 'log_mel',
    inputs: [{ name: 'audio', dtype: 'float32', shape: ['batch', 'samples'] }],
    outputs: [{ name: 'input_features', dtype: 'float32', shape: ['batch', spec.mels, 'frames'] }],
    initializers: graph.initializers,
    nodes: graph.nodes,
  });
}

/** Every `step`th element of the axis, from `from` up to, not including, `to`. */
function slice(graph: GraphBuilder, value: string, axis: number, from: number, to: number, step = 1): string {
  const range = [from, to, axis, step].map((each) => graph.integers(each));
  return graph.add('Slice', [value, ...range]);
}

/** `count` elements of a frame, every second one, backwards. A backward Slice gives garbage on WebGPU. */
function mirrored(graph: GraphBuilder, frames: string, from: number, count: number): string {
  const indices = graph.integers(...Array.from({ length: count }, (_, i) => from - 2 * i));
  return graph.add('Gather', [frames, indices], { axis: 2n });
}

/** `[batch, samples]` → `[batch, frames, nFft]`: each frame consists of hops, which neighbouring frames share. */
function addFrames(graph: GraphBuilder, { nFft, hopLength }: FeatureSpec, audio: string): string {
  const padded = graph.add('Pad', [audio, graph.integers(0, nFft / 2, 0, nFft / 2)], { mode: 'reflect' });
  const hopsOfFrame = Math.ceil(nFft / hopLength);
  const samples = graph.add('Shape', ['audio'], { start: 1n });
  const frames = graph.add('Div', [samples, graph.integers(hopLength)]);
  const hopCount = graph.add('Add', [frames, graph.integers(hopsOfFrame - 1)]);
  const end = graph.add('Mul', [hopCount, graph.integers(hopLength)]);
  const used = graph.add('Slice', [padded, graph.integers(0), end, graph.integers(1)]);
  const hops = graph.add('Reshape', [used, graph.integers(0, -1, hopLength)]);
  const parts = Array.from({ length: hopsOfFrame }, (_, hop) => {
    // The end of the slice, counted from the end of the axis.
    const behind = hop + 1 - hopsOfFrame;
    const part = slice(graph, hops, 1, hop, behind === 0 ? 2 ** 31 - 1 : behind);
    return behind === 0 ? slice(graph, part, 2, 0, nFft - hop * hopLength) : part;
  });
  return graph.add('Concat', parts, { axis: 2n });
}

/**
 * Note [Folded DFT]: the N samples x of a frame, windowed, with w[0] = 0 and w[N - n] = w[n]. The cosine of a bin is
 * the same for n and N - n, and the sine its negative: sums over x[n] + x[N - n] for the real part, and over x[n] - x[N
 * - n] for the imaginary part, have half as many terms. And the bins k and N / 2 - k have the same cosines and sines,
 * up to a sign that depends on whether n is even: with those sums split in two, half as many bins are enough. Four
 * small products are left of two that are four times as large together.
 *
 * `[batch, frames, nFft]` → `[batch, frames, nFft / 2 + 2]`: squared magnitudes of the bins 0 to N / 4, then of the
 * bins N / 2 down to N / 4.
 */
function addPower(graph: GraphBuilder, { nFft }: FeatureSpec, frames: string): string {
  const half = nFft / 2;
  const bins = nFft / 4 + 1;
  const window = hannWindow(nFft);
  const product = (sums: string, first: number, terms: number, wave: (angle: number) => number): string => {
    const element = (term: number, bin: number): number => {
      const n = first + 2 * term;
      return (window[n] as number) * wave((2 * Math.PI * ((n * bin) % nFft)) / nFft);
    };
    return graph.add('MatMul', [sums, graph.matrix(terms, bins, element)]);
  };
  const evenLeft = slice(graph, frames, 2, 2, half - 1, 2);
  const evenRight = mirrored(graph, frames, nFft - 2, half / 2 - 1);
  const oddLeft = slice(graph, frames, 2, 1, half, 2);
  const oddRight = mirrored(graph, frames, nFft - 1, half / 2);
  // The middle sample is its own mirror image.
  const middle = slice(graph, frames, 2, half, half + 1);
  const evenSums = graph.add('Concat', [graph.add('Add', [evenLeft, evenRight]), middle], { axis: 2n });
  const evenReal = product(evenSums, 2, half / 2, Math.cos);
  const oddReal = product(graph.add('Add', [oddLeft, oddRight]), 1, half / 2, Math.cos);
  const evenImaginary = product(graph.add('Sub', [evenLeft, evenRight]), 2, half / 2 - 1, Math.sin);
  const oddImaginary = product(graph.add('Sub', [oddLeft, oddRight]), 1, half / 2, Math.sin);
  const power = (combine: 'Add' | 'Sub'): string => {
    const real = graph.add(combine, [evenReal, oddReal]);
    const imaginary = graph.add(combine, [evenImaginary, oddImaginary]);
    return graph.add('Add', [graph.add('Mul', [real, real]), graph.add('Mul', [imaginary, imaginary])]);
  };
  return graph.add('Concat', [power('Add'), power('Sub')], { axis: 2n });
}

/** `[batch, frames, nFft / 2 + 2]` in the order of `addPower` → `[batch, mels, frames]`, float32. */
function addLogMel(graph: GraphBuilder, spec: FeatureSpec, power: string, output: string): void {
  const { nFft, mels, floor, range, offset, scale } = spec;
  const lower = nFft / 4 + 1;
  const bins = nFft / 2 + 1;
  const filters = melFilters(spec);
  const weights = graph.matrix(bins + 1, mels, (row, mel) => {
    // The middle bin occurs twice, and counts once.
    if (row === bins) return 0;
    const bin = row < lower ? row : bins - 1 - (row - lower);
    return filters[mel * bins + bin] as number;
  });
  const energies = graph.add('MatMul', [power, weights]);
  const logarithms = graph.add('Mul', [
    graph.add('Log', [graph.add('Max', [energies, graph.float(floor)])]),
    graph.float(Math.LOG10E),
  ]);
  const greatest = graph.add('ReduceMax', [logarithms, graph.integers(1, 2)]);
  const kept = graph.add('Max', [logarithms, graph.add('Sub', [greatest, graph.float(range)])]);
  const scaled = graph.add('Div', [graph.add('Add', [kept, graph.float(offset)]), graph.float(scale)]);
  const single = graph.add('Cast', [scaled], { to: BigInt(elementTypes.float32) });
  graph.addTo(output, 'Transpose', [single], { perm: [0n, 2n, 1n] });
}
