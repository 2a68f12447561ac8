/** Results → tables: what the reader of `bench:models` sees. */
import { digits, Footnotes } from './table.mjs';

const mebibytes = (bytes) => (bytes / 2 ** 20).toFixed(1);
const LAYERS = 2;

/** question → tables */
export const modelTables = {
  features: (rows) => {
    const notes = new Footnotes();
    const ours = (seconds) => rows.find((row) => row.seconds === seconds && row.contender === 'cochlea, native');
    return [
      {
        title: 'Log-mel features',
        about:
          'One clip → 128 mel bins, padded to 30 s; milliseconds, median. Python with one thread, the graph on the CPU with all. Difference: the largest from transformers with numpy.',
        head: ['', 'clip, s', 'ms', 'against native', 'difference'],
        rows: rows.map(({ contender, seconds, failed, milliseconds, difference }) =>
          failed === undefined
            ? [
                contender,
                `${seconds}`,
                digits(milliseconds),
                (milliseconds / ours(seconds).milliseconds).toFixed(1),
                difference === undefined ? '–' : difference.toExponential(1),
              ]
            : [contender, `${seconds}`, notes.missing(failed), '–', '–'],
        ),
        notes: notes.texts,
      },
    ];
  },
  tower: ({ layers, failed, resident: { runs, resident } }) => [
    {
      title: 'An audio tower on the processor',
      about:
        'Two of the 32 layers of Qwen2-Audio at full width, clips of 30 s, features → embeddings; milliseconds, median. A layer: of that, per clip and layer, the convolutions and the projector among it. Loop: how late a timer was meanwhile.',
      head: ['', 'batch', 'ms', 'a layer', 'loop p99 ms', 'PyTorch, ms'],
      rows: layers.map(({ precision, batch, milliseconds, loopP99, pytorch }) => [
        precision,
        `${batch}`,
        digits(milliseconds),
        digits(milliseconds / batch / LAYERS),
        digits(loopP99),
        pytorch === undefined ? '–' : digits(pytorch),
      ]),
      notes: failed ? [`PyTorch: ${failed}`] : [],
    },
    {
      title: `${runs} runs in a row`,
      about: 'Resident memory after each tenth of the runs of a narrow tower, batches of two, after a collection; MiB.',
      head: ['', ...resident.map((_, i) => `${((i + 1) * runs) / resident.length}`), 'growth'],
      rows: [['cochlea', ...resident.map(mebibytes), `${(100 * (resident.at(-1) / resident[0] - 1)).toFixed(1)} %`]],
      notes: [],
    },
  ],
};
