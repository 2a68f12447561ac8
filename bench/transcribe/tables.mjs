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
    rows: byPlace(results).flatMap((field) => [
      ...audioOf(field).flatMap((name) =>
        field.filter(({ clips }) => clips[name]).map((result) => speedRow(result, name, field)),
      ),
      ...field
        .filter(({ failed }) => failed !== undefined)
        .map((result) => [place(result), result.name, footnotes.missing(result.failed), '', '', '', '']),
    ]),
    notes: footnotes.texts,
  };
}

/** Whoever has the same model and threads. */
function byPlace(results) {
  return [...new Set(results.map(place))].map((each) => results.filter((result) => place(result) === each));
}

const audioOf = (field) => [...new Set(field.flatMap(({ clips }) => Object.keys(clips)))];

function speedRow(result, name, field) {
  const clip = result.clips[name];
  const seconds = median(clip.times);
  const theirs = field.find((each) => each.name === result.base)?.clips[name]?.times;
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
