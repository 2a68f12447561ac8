import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { Progress } from '../progress.js';
import { type Column, table } from '../table.js';
import { paint, printable } from '../terminal.js';
import { hertz, plural } from '../wording.js';
import type { Verdict } from './check.js';
import { Checker } from './checker.js';
import { absoluteTolerance, type Expected, findExpected, readExpected, relativeTolerance } from './expected.js';

interface Flags {
  readonly expected?: string;
  readonly errorWithin: number;
  readonly hangAfter: number;
  readonly json?: true;
}

const notes = `
The list is a JSON array (or an object with an array "files") of
  { "file", "decodable", "sampleRate", "channels", "frames", "frames16k", "rms16k", "peak16k" }
with "path" as another name for "file". Without --expected it is DIR/expected.json, DIR/manifest.json
or expected.json beside DIR; without any, every file of DIR is decoded, and an error with a code is fine.

A decodable file matches when sample rate, channels and frames at its own rate are equal, and, as 16 kHz
mono (mean, HQ), its frames are equal and RMS and peak within ${relativeTolerance} of their value (plus ${absoluteTolerance}, for
silence). Any other file must end in an error with a code, in time. A file that crashes or hangs the
decoder is a mismatch; the other files are still checked. Missing fields are not compared.

Examples:
  cochlea conformance test/fixtures
  cochlea conformance corpus/files --expected corpus/expected.json
  cochlea conformance corpus/files --json > verdicts.jsonl`;

const columns: readonly Column[] = [
  { title: 'file' },
  { title: 'result' },
  { title: 'codec or code' },
  { title: 'rate', align: 'right' },
  { title: 'ch', align: 'right' },
  { title: 'frames', align: 'right' },
  { title: 'at 16 kHz', align: 'right' },
  { title: 'RMS', align: 'right' },
  { title: 'peak', align: 'right' },
  { title: 'ms', align: 'right' },
];

export function addConformance(program: Command, signal: AbortSignal): void {
  program
    .command('conformance')
    .description('decode a folder of files, and compare the results with a list')
    .argument('<dir>', 'folder of audio files')
    .option('--expected <file>', 'JSON list of expected results')
    .option('--error-within <ms>', 'time in which a file without audio must be refused', milliseconds, 1000)
    .option('--hang-after <ms>', 'time after which a decode counts as hanging', milliseconds, 60_000)
    .option('--json', 'print one JSON line per file')
    .addHelpText('after', notes)
    .action((folder: string, flags: Flags) => run(folder, flags, signal));
}

async function run(folder: string, flags: Flags, signal: AbortSignal): Promise<void> {
  const list = await tasks(folder, flags.expected);
  const checker = new Checker(flags.hangAfter, signal);
  const progress = new Progress(list.length, 'checking', list[0]?.file ?? '');
  const verdicts: Verdict[] = [];
  try {
    // One after the other, so that the time of an error does not depend on other decodes.
    for (const { file, expected } of list) {
      const verdict = await checker.check({ folder, file, expected, errorWithin: flags.errorWithin });
      progress.done(file);
      verdicts.push(verdict);
      if (flags.json) process.stdout.write(`${JSON.stringify(verdict)}\n`);
    }
  } finally {
    checker.stop();
    progress.stop();
  }
  if (!flags.json) process.stdout.write(table(columns, verdicts.map(row)));
  summarise(verdicts, flags.json === true);
  if (verdicts.some((verdict) => !verdict.ok)) process.exitCode = 1;
}

/** The files of the list, or else those of the folder. */
async function tasks(
  folder: string,
  expected: string | undefined,
): Promise<{ file: string; expected: Expected | null }[]> {
  const path = expected ?? (await findExpected(folder));
  if (path !== null) return (await readExpected(path)).map((entry) => ({ file: entry.file, expected: entry }));
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, '/').length))
    .sort()
    .map((file) => ({ file, expected: null }));
}

/** Prints mismatches after the table in text mode. With `--json`, the lines hold them. */
function summarise(verdicts: readonly Verdict[], json: boolean): void {
  const count = (result: Verdict['result']) => verdicts.filter((verdict) => verdict.result === result).length;
  const out = json ? process.stderr : process.stdout;
  for (const { file, differences = [] } of json ? [] : verdicts) {
    for (const difference of differences)
      out.write(`${paint('red', 'mismatch')} ${printable(file)}: ${printable(difference)}\n`);
  }
  const parts = [
    `${count('ok')} ok`,
    plural(count('error'), 'typed error'),
    plural(count('mismatch'), 'mismatch', 'mismatches'),
  ];
  out.write(`${plural(verdicts.length, 'file')}: ${parts.join(', ')}\n`);
}

function row(verdict: Verdict): string[] {
  const colour = { ok: 'green', error: 'yellow', mismatch: 'red' } as const;
  const { measured } = verdict;
  const numbers = measured
    ? [
        hertz(measured.sampleRate),
        String(measured.channels),
        String(measured.frames),
        String(measured.frames16k),
        measured.rms16k.toFixed(6),
        measured.peak16k.toFixed(6),
      ]
    : ['', '', '', '', '', ''];
  return [
    printable(verdict.file),
    paint(colour[verdict.result], verdict.result),
    verdict.codec ?? verdict.code ?? '',
    ...numbers,
    verdict.milliseconds.toFixed(1),
  ];
}

function milliseconds(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('Expected a number above 0.');
  return value;
}
