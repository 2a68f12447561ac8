/**
 * Who is measured. Each is a process that loads its model once and then answers recordings: `{path}` with
 * `{seconds, text, peak}`. It runs the clock itself, from samples in memory to text, so loading is not timed.
 */
import { fileURLToPath } from 'node:url';
import { Answering } from '../run/answering.mjs';
import { benchNode } from '../run/interpreters.mjs';
import { prepared } from './models.mjs';

const script = (name) => fileURLToPath(new URL(name, import.meta.url));

const ours = (precision, windows) => (model, threads) => {
  const words = [prepared('models', model), precision, `${threads}`, windows];
  return new Answering(benchNode(), [script('cochlea_child.mjs'), ...words]);
};
// OpenMP takes the number of its threads from the environment, too.
const peer = (words, threads) =>
  new Answering(prepared('peers', 'bin', 'python'), [...words, `${threads}`], { OMP_NUM_THREADS: `${threads}` });
const fasterWhisper = (precision) => (model, threads) =>
  peer([script('faster_whisper_child.py'), prepared('ct2', model), precision], threads);
const whisperCpp = (model, threads) =>
  peer([script('whisper_cpp_child.py'), prepared('ggml', `${model}.bin`)], threads);

/**
 * `base`: what it is compared with, of the same precision. `model` and `threads` start it.
 *
 * @type {{name: string, base: string, start: (model: string, threads: number) => Answering}[]}
 */
export const CONTENDERS = [
  { name: 'cochlea-int8', base: 'faster-whisper-int8', start: ours('int8', 'sequential') },
  { name: 'faster-whisper-int8', base: 'faster-whisper-int8', start: fasterWhisper('int8') },
  { name: 'cochlea-fp32', base: 'faster-whisper-fp32', start: ours('fp32', 'sequential') },
  { name: 'faster-whisper-fp32', base: 'faster-whisper-fp32', start: fasterWhisper('float32') },
  { name: 'cochlea-int8-parallel', base: 'faster-whisper-int8', start: ours('int8', 'parallel') },
  // Its own files hold float16, which it multiplies as such where the processor can.
  { name: 'whisper.cpp-f16', base: 'faster-whisper-fp32', start: whisperCpp },
];
