/** Results → tables. */
import { digits } from '../report/table.mjs';

const CLIP = 30;
const exponent = (value) => (value === 0 ? '0' : value.toExponential(1));

export const device = ({ device: { name, driver, memory, onnxruntime }, pytorch }) => ({
  title: 'Device',
  about: 'What was measured, and with what.',
  head: ['GPU', 'memory', 'driver', 'onnxruntime-node', 'PyTorch', 'its CUDA'],
  rows: [[name, memory, driver, onnxruntime, pytorch?.torch ?? '–', pytorch?.cuda ?? '–']],
  notes: pytorch?.failed ? [`PyTorch: ${pytorch.failed}`] : [],
});

export const correctness = ({ correctness }) => ({
  title: 'Correctness',
  about:
    'Largest difference: of the log-mel from the native code, of the tower (clips of 30 s, 3 s and one token) from the processor in float32.',
  head: ['', 'log-mel', 'tower, fp32', 'tower, fp16'],
  rows: correctness.map(({ provider, logMel, fp32, fp16 }) => [provider, ...[logMel, fp32, fp16].map(exponent)]),
  notes: [],
});

export const throughput = ({ throughput, pytorch }) => ({
  title: 'Throughput',
  about:
    'Clips of 30 s, features on the host → embeddings on the host, tower in fp16, median. Real time: seconds of audio for each second.',
  head: ['', 'batch', 'ms', 'clips/s', '× real time', 'against PyTorch'],
  rows: [
    ...throughput.map((row) => {
      const beside = pytorch?.rows?.find(({ batch }) => batch === row.batch);
      const against = beside ? (row.clipsPerSecond / beside.clipsPerSecond).toFixed(2) : '–';
      return [row.provider, ...speed(row), against];
    }),
    ...(pytorch?.rows ?? []).map((row) => [`PyTorch, ${pytorch.dtype}`, ...speed(row), '1.00']),
  ],
  notes: [],
});

const speed = ({ batch, milliseconds, clipsPerSecond }) => [
  `${batch}`,
  digits(milliseconds),
  digits(clipsPerSecond),
  digits(clipsPerSecond * CLIP),
];

export const transfers = ({ transfers }) => ({
  title: 'Transfers',
  about: 'A model that computes nothing: features of one clip in, embeddings of one clip out; milliseconds, median.',
  head: ['', '1.5 MB in', '12.3 MB out', 'both'],
  rows: transfers.map(({ provider, input, output, both }) => [provider, ...[input, output, both].map(digits)]),
  notes: [],
});

export const flow = ({ flow }) => ({
  title: 'Files to embeddings',
  about: 'Speech clips in memory (MP3), 32 in flight, through decoder, features and tower; loop: how late a timer was.',
  head: ['', 'clips/s', 'loop p99 ms'],
  rows: flow.map(({ provider, clipsPerSecond, loopP99 }) => [provider, digits(clipsPerSecond), digits(loopP99)]),
  notes: [],
});
