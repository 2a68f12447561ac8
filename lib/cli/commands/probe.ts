import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import type { MediaInfo } from '../../index.js';
import { type Failure, failureLines, failureOf } from '../failure.js';
import { inOrder } from '../in_order.js';
import { Progress } from '../progress.js';
import { type AddressFlags, addAddressFlags, Sources } from '../sources.js';
import { type Column, table } from '../table.js';
import { printable } from '../terminal.js';
import { bitRate, container, duration, hertz } from '../wording.js';

interface Found extends MediaInfo {
  readonly file: string;
  readonly ok: true;
}

interface Flags extends AddressFlags {
  readonly json?: true;
}

const examples = `
Facts come from the headers; nothing is decoded. The duration is what the header states or
FFmpeg estimates from it: the decoded one often differs by some milliseconds.

Examples:
  cochlea probe talk.mp3
  cochlea probe recordings/*.m4a
  cochlea probe https://example.com/talk.mp3
  cochlea probe --json talk.mp3 | jq .sampleRate`;

const columns: readonly Column[] = [
  { title: 'file' },
  { title: 'container' },
  { title: 'stream' },
  { title: 'codec' },
  { title: 'rate', align: 'right' },
  { title: 'channels', align: 'right' },
  { title: 'layout' },
  { title: 'duration', align: 'right' },
  { title: 'bit rate', align: 'right' },
];

export function addProbe(program: Command, signal: AbortSignal): void {
  const command = program
    .command('probe')
    .description('print the headers of audio files and addresses')
    .argument('<file...>', 'audio files, https: addresses, or - for standard input');
  addAddressFlags(command)
    .option('--json', 'print one JSON line per file')
    .addHelpText('after', examples)
    .action((files: string[], flags: Flags) => run(files, flags, signal));
}

async function run(files: readonly string[], flags: Flags, signal: AbortSignal): Promise<void> {
  const progress = new Progress(files.length, 'probing', files[0] ?? '');
  const sources = new Sources({}, flags, (each) => progress.received(each));
  const found: Found[] = [];
  try {
    for await (const result of inOrder(files, availableParallelism(), (file) => probeOne(sources, file, signal))) {
      progress.done(result.file);
      if (!result.ok) process.exitCode = 1;
      if (flags.json) process.stdout.write(`${JSON.stringify(result)}\n`);
      else if (result.ok) found.push(result);
      else progress.say(failureLines(result));
    }
  } finally {
    progress.stop();
    await sources.close();
  }
  if (found.length > 0) process.stdout.write(table(columns, found.flatMap(rows)));
}

async function probeOne(sources: Sources, file: string, signal: AbortSignal): Promise<Found | Failure> {
  try {
    return { file, ok: true, ...(await sources.probe(file, { signal })) };
  } catch (error) {
    return failureOf(file, error, signal);
  }
}

/** One row per audio stream, the chosen one first. */
function rows(info: Found): string[][] {
  const others = info.streams.filter((stream) => stream.index !== info.index);
  return [info, ...others].map((stream, i) => [
    i === 0 ? printable(info.file) : '',
    i === 0 ? container(info.container) : '',
    `#${stream.index}`,
    stream.codec + (stream.profile === null ? '' : ` (${stream.profile})`) + (stream.decodable ? '' : ' – no decoder'),
    hertz(stream.sampleRate),
    String(stream.channels),
    stream.channelLayout,
    i === 0 ? duration(info.duration) : '',
    bitRate(stream.bitRate),
  ]);
}
