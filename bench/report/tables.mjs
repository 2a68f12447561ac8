/** Results → tables: what the reader of `bench:decode` sees. */
import { digits, Footnotes } from './table.mjs';

const SERVICE =
  'p95: the time of one clip among the eight. Loop: how late a timer of the process that decodes was, at the 99th percentile.';

/** @param {any[]} rows of questions/speed.mjs @returns {import('./table.mjs').Table} */
export function speedTable(rows) {
  const notes = new Footnotes();
  const names = rows[0].cells.map(({ contender }) => contender);
  return {
    title: 'One decode',
    about:
      'Bytes in memory → 16 kHz mono float32, milliseconds, median; each in a process of its own, rounds interleaved.',
    head: ['', ...names, 'cochlea / floor', 'best peer / cochlea'],
    rows: rows.map(({ label, cells }) => {
      const ours = cells.find(({ kind, failed }) => kind === 'ours' && failed === undefined);
      const floor = cells.find(({ kind, failed }) => kind === 'floor' && failed === undefined);
      const best = bestPeer(cells);
      return [
        label,
        ...cells.map((cell) =>
          cell.failed === undefined
            ? digits(cell.milliseconds) + remarks(cell, cells, notes)
            : notes.missing(cell.failed),
        ),
        ours && floor ? (ours.milliseconds / floor.milliseconds).toFixed(2) : '–',
        ours && best ? `${(best.milliseconds / ours.milliseconds).toFixed(2)} ${best.contender}` : '–',
      ];
    }),
    notes: notes.texts,
  };
}

/** The fastest other way to do it in Node whose result can be right. @param {any[]} cells */
export function bestPeer(cells) {
  return cells
    .filter(({ kind, failed, wrong }) => kind === 'peer' && failed === undefined && !wrong)
    .sort((a, b) => a.milliseconds - b.milliseconds)[0];
}

function remarks(cell, cells, notes) {
  const most = Math.max(...cells.map(({ rounds }) => rounds?.length ?? 0));
  const marks = cell.notes.map((note) => notes.mark(cell.wrong ? `${note}: wrong, not counted as a peer` : note));
  if (cell.rounds.length < most)
    marks.push(notes.mark(`slow: ${cell.rounds.length} round${cell.rounds.length === 1 ? '' : 's'} only`));
  return marks.join('');
}

/** @param {any[]} rows of questions/clips.mjs @returns {import('./table.mjs').Table} */
export function clipsTable(rows) {
  const notes = new Footnotes();
  const columns = rows.flatMap(({ label }) => [`${label}: clips/s`, 'p95 ms', 'loop p99 ms']);
  const value = (cell, key) => {
    if (cell.failed !== undefined) return key === 'perSecond' ? notes.missing(cell.failed) : '–';
    return cell[key] === null ? '–' : digits(cell[key]);
  };
  return {
    title: '64 clips, 8 in flight',
    about: SERVICE,
    head: ['', ...columns],
    rows: rows[0].cells.map(({ contender }, i) => [
      contender,
      ...rows.flatMap(({ cells }) => ['perSecond', 'p95', 'loopP99'].map((key) => value(cells[i], key))),
    ]),
    notes: notes.texts,
  };
}

/** @param {any[]} rows of questions/resampler.mjs @returns {import('./table.mjs').Table} */
export function resamplerTable(rows) {
  const notes = new Footnotes();
  const heading = (hertz) => `${hertz / 1000} kHz (${hertz < 8000 ? 'keep: 0' : 'remove: −∞'})`;
  return {
    title: 'What the resampler leaves of a tone',
    about:
      'Tones of −6 dBFS, 44.1 → 16 kHz, dB relative to the tone. Above 8 kHz all that is left is aliasing, folded into the speech band.',
    head: ['', ...rows.map(({ hertz }) => heading(hertz))],
    rows: rows[0].cells.map(({ contender }, i) => [
      contender,
      ...rows.map(({ cells }) =>
        cells[i].failed === undefined ? signed(cells[i].decibels) : notes.missing(cells[i].failed),
      ),
    ]),
    notes: notes.texts,
  };
}

/** @param {number} decibels */
function signed(decibels) {
  const text = Math.abs(decibels).toFixed(1);
  return text === '0.0' ? '0.0' : `${decibels < 0 ? '−' : '+'}${text}`;
}
