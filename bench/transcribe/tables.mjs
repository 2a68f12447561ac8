import { median } from '../report/statistics.mjs';
import { digits, Footnotes } from '../report/table.mjs';

/** @param {Awaited<ReturnType<typeof import('./rounds.mjs').measure>>} results */
export function speedTable(results) {
  const footnotes = new Footnotes();
  return {
    title: 'Speech to text',
    about:
      'From samples to text: medians of rounds in turn, in seconds. × real time: seconds of audio for each second. Ratio: of ' +
      'medians, to faster-whisper of the same precision (whisper.cpp: to its fp32). Words: found, and said. All decode ' +
      'greedily, with timestamps, without a filter of voice activity.',
    head: ['model, threads, audio', 'contender', 's', '× real time', 'ratio', 'words', 'word error rate'],
    rows: results.flatMap((result) =>
      result.failed === undefined
        ? Object.entries(result.clips).map(([name, clip]) => speedRow(result, name, clip, results))
        : [[place(result), result.name, footnotes.missing(result.failed), '', '', '', '']],
    ),
    notes: footnotes.texts,
  };
}

function speedRow(result, name, clip, results) {
  const seconds = median(clip.times);
  const { model, threads, base } = result;
  const peer = results.find((each) => each.model === model && each.threads === threads && each.name === base);
  const theirs = peer?.clips[name]?.times;
  return [
    `${place(result)}, ${name === 'dialogue' ? name : `${name} s`}`,
    result.name,
    digits(seconds),
    digits(clip.seconds / seconds),
    theirs ? digits(seconds / median(theirs)) : '–',
    `${clip.words} of ${clip.expected}`,
    clip.wordErrorRate.toFixed(3),
  ];
}

export function memoryTable(results) {
  return {
    title: 'Speech to text: memory',
    about: 'The most resident memory of each process (VmHWM) with its model, after all recordings; MiB.',
    head: ['model, threads', 'contender', 'MiB'],
    rows: results
      .filter(({ failed }) => failed === undefined)
      .map((result) => [place(result), result.name, (result.peak / 2 ** 20).toFixed(0)]),
    notes: [],
  };
}

const place = ({ model, threads }) => `${model}, ${threads}`;
