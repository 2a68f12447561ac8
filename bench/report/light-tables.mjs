/** Results → tables: what the reader of `bench:light` sees. */
import { digits, Footnotes } from './table.mjs';

const mebibytes = (bytes) => (bytes / 2 ** 20).toFixed(1);

/** A table of one line per result; a failed one shows why. */
function table(title, about, head, rows, cells) {
  const notes = new Footnotes();
  const line = (row) => {
    if (row.failed === undefined) return cells(row);
    const [first, ...rest] = [row.contender, notes.missing(row.failed), ...head.slice(2).map(() => '–')];
    return [first, ...rest].slice(0, head.length);
  };
  return { title, about, head, rows: rows.map(line), notes: notes.texts };
}

/** question → table */
export const lightTables = {
  memory: (rows) =>
    table(
      'Peak memory of a ten-minute decode',
      'Resident memory at its highest minus before the call, with the input in memory already; MiB.',
      ['', 'file', 'result', 'peak', 'peak / result'],
      rows,
      ({ contender, file, output, peak }) => [
        contender,
        file,
        mebibytes(output),
        mebibytes(peak),
        (peak / output).toFixed(2),
      ],
    ),
  start: (rows) =>
    table(
      'Import and first decode',
      'A fresh process, a three-second MP3; milliseconds, median.',
      ['', 'import', 'first decode', 'second', 'import + first'],
      rows,
      ({ contender, load, first, second }) => [
        contender,
        digits(load),
        digits(first),
        digits(second),
        digits(load + first),
      ],
    ),
  blocking: (rows) =>
    table(
      'The event loop during long decodes',
      'Ten-minute MP3 files at once; how late a timer was, milliseconds.',
      ['', 'at once', 'seconds', 'loop p99 ms', 'loop max ms'],
      rows,
      ({ contender, inFlight, seconds, loopP99, loopMax }) => [
        contender,
        `${inFlight}`,
        digits(seconds),
        digits(loopP99),
        digits(loopMax),
      ],
    ),
  scaling: (rows) =>
    table(
      'Decodes at once',
      'Ten-second MP3 clips, clips per second, median.',
      ['', 'in flight', 'clips/s', 'against 1'],
      rows,
      (row) => {
        const alone = rows.find(({ contender, inFlight }) => contender === row.contender && inFlight === 1);
        return [row.contender, `${row.inFlight}`, digits(row.perSecond), (row.perSecond / alone.perSecond).toFixed(2)];
      },
    ),
  parallel: (rows) =>
    table(
      'One long file on all cores',
      'Ten minutes → 16 kHz mono; milliseconds, median. long.nopns.m4a is AAC without noise substitution.',
      ['', 'file', 'threads', "'off'", "'auto'", 'times as fast'],
      rows,
      ({ contender, file, threads, off, auto }) => [
        contender,
        file,
        `${threads}`,
        digits(off),
        digits(auto),
        (off / auto).toFixed(2),
      ],
    ),
  steady: (rows) =>
    table(
      '2000 decodes in a row',
      'Resident memory after each 200 decodes of a three-second MP3, MiB; growth from the first 200 to the last. Collected: after a forced garbage collection.',
      ['', 'collected', ...Array.from({ length: 10 }, (_, i) => `${200 * (i + 1)}`), 'growth'],
      rows,
      ({ contender, collect, resident }) => {
        const growth = 100 * (resident.at(-1) / resident[0] - 1);
        return [
          contender,
          collect ? 'yes' : 'no',
          ...resident.map(mebibytes),
          `${growth < 0 ? '−' : '+'}${Math.abs(growth).toFixed(1)} %`,
        ];
      },
    ),
  stream: (rows) =>
    table(
      'Ten hours of MP3 as a stream',
      'Chunks of one second → 16 kHz mono, against one decode of the same bytes; medians. First chunk: from the push of the first 64 KiB.',
      ['', 'hours', 'first chunk, ms', 'stream, s', 'whole, s', 'ratio', 'growth of RSS, MiB'],
      rows,
      ({ contender, hours, first, stream, whole, growth }) => [
        contender,
        digits(hours),
        digits(first),
        digits(stream / 1000),
        digits(whole / 1000),
        (stream / whole).toFixed(2),
        mebibytes(growth),
      ],
    ),
  latency: (rows) =>
    table(
      'How long sound takes to come out while it is spoken',
      '→ 16 kHz mono, milliseconds of the audio: when the first sample is out, and how far a sample lies behind, on average. Beside it soxr alone, as python-soxr gives it what it has.',
      ['', 'source', 'pieces', 'chunks', 'first', 'mean', 'soxr, first', 'soxr, mean'],
      rows,
      ({ contender, source, piece, chunk, first, mean, soxr }) => [
        contender,
        source,
        digits(piece),
        digits(chunk),
        digits(first),
        digits(mean),
        ...['first', 'mean'].map((name) => (soxr === undefined ? '–' : digits(soxr[name]))),
      ],
    ),
  ranges: (rows) =>
    table(
      'Ten seconds at the end of two hours',
      '→ 16 kHz mono; milliseconds, median. From a path; the first and a later range of an open source; librosa.load(offset, duration). torchcodec: a new decoder, and its second range.',
      ['', 'file', 'path', 'open, first', 'open, later', 'librosa', 'torchcodec', 'torchcodec, later'],
      rows,
      ({ contender, file, path, first, later, ...beside }) => [
        contender,
        file,
        digits(path),
        digits(first),
        digits(later),
        ...['librosa', 'torchcodec', 'torchcodecLater'].map((name) =>
          beside[name] === undefined ? '–' : digits(beside[name]),
        ),
      ],
    ),
  batch: (rows) =>
    table(
      '200 mixed clips in one batch',
      'WAV, MP3, FLAC, Opus and M4A of 1 to 10 s, from memory; one decode after another against one batch, medians of rounds in turn. Memory: resident at its highest during the first batch of a process minus before, and the results in it; MiB.',
      ['', 'one by one, s', 'batch, s', 'ratio', 'loop p99 ms', 'peak', 'results'],
      rows,
      ({ contender, alone, batch, ratio, loopP99, peak, results }) => [
        contender,
        digits(alone),
        digits(batch),
        ratio.toFixed(2),
        digits(loopP99),
        mebibytes(peak),
        mebibytes(results),
      ],
    ),
  load: (rows) =>
    table(
      '200 clips from a server',
      'Distinct MP3 clips of 30 s → 16 kHz mono from a server on loopback that answers after 20 ms, against a batch of the same bytes from memory, medians of rounds in turn. Hit: an address whose audio is in the cache, median of 10 000. Last: what 1000 loads of 10 addresses at once came to.',
      ['', 'memory, s', 'server, s', 'rate', 'loop p99 ms', 'hit, ms', 'downloads', 'decodes'],
      rows,
      ({ contender, memory, load, ratio, loopP99, hit, downloads, decodes }) => [
        contender,
        digits(memory),
        digits(load),
        ratio.toFixed(2),
        digits(loopP99),
        hit.toFixed(3),
        `${downloads}`,
        `${decodes}`,
      ],
    ),
};
