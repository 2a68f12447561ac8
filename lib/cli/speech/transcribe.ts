import { type Command, Option } from 'commander';
import { TranscriptPartialError } from '../../errors.js';
import type { Damage } from '../../openai/index.js';
import { type Failure, failureLines, failureOf } from '../failure.js';
import { inOrder } from '../in_order.js';
import { seconds, whole } from '../options.js';
import { type Planned, planOutputs } from '../output/output_plan.js';
import { addSkip, withoutExisting } from '../output/skip.js';
import { writeOutput } from '../output/write_output.js';
import { Progress } from '../progress.js';
import { addAddressFlags, nameOf } from '../sources.js';
import { isStandardOutput, reportStream } from '../standard_streams.js';
import { printable } from '../terminal.js';
import { checkTowerFolder } from '../tower_folder.js';
import { orUsageError, usageError } from '../usage.js';
import { type Format, formats, type TranscribeFlags, type Writer } from './flags.js';
import { addServer, serverOf } from './server.js';

const notes = `
Formats: txt (text), srt and vtt (subtitles), json, verbose_json (with times of segments; --words: of words).

With --whisper, the text is made in this process: no server, no key, nothing leaves the machine. tools/export makes such
a folder of the weights of any Whisper: docs/guide/transcribing.md.

Otherwise a server is asked. Any audio of any length: what the server does not take at once is cut at quiet places, and the
results are merged as if the server had heard all of it. Parts that are done are kept beside the output until it is written
(.NAME.parts): the same command goes on where it was interrupted. The key of the server is taken from OPENAI_API_KEY.

Examples:
  cochlea transcribe talk.m4a --whisper models/whisper-base
  cochlea transcribe calls/*.opus --whisper models/whisper-base --language en --output texts/ --format srt
  cochlea transcribe lecture.wma --output lecture.srt
  cochlea transcribe calls/*.opus --output texts/ --format json --base-url http://127.0.0.1:8000/v1
  cochlea transcribe https://example.com/podcast.mp3 --language en --output podcast.vtt
  cochlea transcribe interview.mp3 --format verbose_json --words --output interview.json`;

export function addTranscribe(program: Command, signal: AbortSignal): void {
  const command = program
    .command('transcribe')
    .description("write down what is said, by Whisper in this process, or by a server with OpenAI's audio API")
    .argument('<file...>', 'audio files, https: addresses, or - for standard input')
    .option('-o, --output <path>', 'file, folder or pattern to write, or - for standard output', '-')
    .addOption(
      new Option('--format <format>', 'format of the output (default: by the extension of --output, or txt)').choices([
        ...formats,
        'text',
      ]),
    )
    .option('--language <code>', 'language of the audio, such as en (default: found in the audio)')
    .option('--prompt <text>', 'text that comes before the audio, or words to expect')
    .option('--temperature <t>', '0 … 1', seconds)
    .option('--words', 'times of words, with verbose_json')
    .option('--translate', 'to English')
    .option('--concurrency <n>', 'parts to ask a server for at a time; with --whisper: files', whole, 4)
    .option('--whisper <folder>', 'Whisper that works in this process, instead of a server')
    .addOption(
      new Option(
        '--precision <name>',
        'which model of that folder (default: int8 on the processor, if it has it; else the most exact)',
      ).choices(['fp32', 'fp16', 'int8']),
    )
    .addOption(
      new Option('--provider <name>', 'where its encoder runs (default: auto)').choices([
        'auto',
        'cuda',
        'webgpu',
        'cpu',
      ]),
    )
    .addOption(
      new Option(
        '--windows <rule>',
        'sequential: each 30 s after the text before them; parallel: faster, cut at pauses (default: sequential)',
      ).choices(['sequential', 'parallel']),
    )
    .option('--no-vad', 'also transcribe what the detector of speech in that folder leaves out');
  addServer(command, 'whisper-1')
    .option('--chain', 'give each part the end of the text before it; parts are then done one by one')
    .option('--part-seconds <s>', 'longest part (default: what the model takes; 600 if that is not known)', seconds)
    .option('--part-bytes <n>', 'largest upload (default: 25 MiB)', whole);
  addAddressFlags(addSkip(command))
    .option('--json', 'print one JSON line per file')
    .addHelpText('after', notes)
    .action((files: string[], flags: TranscribeFlags) => run(command, files, flags, signal));
}

interface Written {
  readonly file: string;
  readonly ok: true;
  readonly output: string;
  readonly format: string;
  readonly milliseconds: number;
  /** Asked for of a server. */
  readonly parts?: number;
  /** That Whisper found, and seconds of the audio. */
  readonly language?: string;
  readonly seconds?: number;
  /** If there was any. */
  readonly damage?: Damage;
}

async function run(
  command: Command,
  files: readonly string[],
  flags: TranscribeFlags,
  signal: AbortSignal,
): Promise<void> {
  orUsageError(command, () => checkTogether(command, flags));
  const plan = orUsageError(command, () => withoutExisting(planned(files, flags), flags));
  if (plan.length === 0) return;
  const open = await (flags.whisper === undefined ? server(command, flags) : whisper(command, flags, flags.whisper));
  const progress = new Progress(plan.length, 'transcribing', plan[0]?.file ?? '');
  let writer: Writer | undefined;
  try {
    writer = await open(progress, signal);
    const to = reportStream(plan.map(({ path }) => path));
    const made = writer;
    const work = (each: Planned<Format>) => transcribeOne(made, each, signal).finally(() => progress.done(each.file));
    for await (const result of inOrder(plan, writer.jobs, work)) show(result, flags, progress, to);
  } finally {
    progress.stop();
    await writer?.close();
  }
}

/** What is loaded before a progress bar is shown. */
type Open = (progress: Progress, signal: AbortSignal) => Promise<Writer>;

async function server(command: Command, flags: TranscribeFlags): Promise<Open> {
  const { partSeconds, partBytes } = flags;
  const limits = {
    ...(partSeconds !== undefined && { seconds: partSeconds }),
    ...(partBytes !== undefined && { bytes: partBytes }),
  };
  const engine = orUsageError(command, () => serverOf(flags, limits));
  const { ByServer } = await import('./by_server.js');
  return async (progress, signal) => orUsageError(command, () => new ByServer(engine, flags, progress, signal));
}

async function whisper(command: Command, flags: TranscribeFlags, folder: string): Promise<Open> {
  await checkTowerFolder(folder, '--whisper').catch((error) => usageError(command, error));
  const { ByWhisper, loadWhisper, whisperLines } = await import('./by_whisper.js');
  const transcriber = await loadWhisper(folder, flags).catch((error) => usageError(command, error));
  process.stderr.write(whisperLines(folder, transcriber));
  return async (progress, signal) => {
    try {
      return new ByWhisper(transcriber, flags, progress, signal);
    } catch (error) {
      await transcriber.close();
      return usageError(command, error);
    }
  };
}

/** Options of a server, and of Whisper in this process. */
const ofServer = ['--base-url', '--model', '--chain', '--part-seconds', '--part-bytes'];
const ofWhisper = ['--precision', '--provider', '--windows', '--no-vad'];

/** @throws {TypeError} An option is for the other of the two. */
function checkTogether(command: Command, { whisper }: TranscribeFlags): void {
  const others = whisper === undefined ? ofWhisper : ofServer;
  const given = command.options.filter((each) => command.getOptionValueSource(each.attributeName()) === 'cli');
  const wrong = given.find(({ long }) => others.includes(long ?? ''))?.long;
  if (wrong === undefined) return;
  if (whisper === undefined) throw new TypeError(`${wrong} goes with --whisper`);
  throw new TypeError(`${wrong} is for a server: with --whisper, none is asked`);
}

function planned(files: readonly string[], { output, format, words, translate }: TranscribeFlags): Planned<Format>[] {
  const named = format === 'text' ? 'txt' : format;
  // An object in a file that ends in .json may be either of two.
  const verbose = named === 'verbose_json' && output.endsWith('.json');
  const chosen = verbose ? 'json' : (named ?? (isStandardOutput(output) ? 'txt' : undefined));
  const plan = planOutputs(files, output, chosen, formats);
  const result = plan.map((each) => (verbose ? { ...each, format: 'verbose_json' as const } : each));
  if (words && result.some(({ format }) => format !== 'verbose_json'))
    throw new TypeError('--words goes with --format verbose_json');
  if (words && translate)
    throw new TypeError('--words does not go with --translate: times are those of the spoken words');
  return result;
}

async function transcribeOne(
  writer: Writer,
  planned: Planned<Format>,
  signal: AbortSignal,
): Promise<Written | Failure> {
  const { file, path, format } = planned;
  const start = performance.now();
  try {
    const { result, facts, damage, written } = await writer.make(planned);
    const text = typeof result === 'string' ? result : `${JSON.stringify(result, undefined, 1)}\n`;
    await writeOutput(path, [Buffer.from(text.endsWith('\n') ? text : `${text}\n`)], signal);
    written?.();
    const milliseconds = Math.round(performance.now() - start);
    const named = format === 'txt' ? 'text' : format;
    return { file, ok: true, output: path, format: named, ...facts, milliseconds, ...(damage && { damage }) };
  } catch (error) {
    return failed(file, path, error, signal);
  }
}

function failed(file: string, path: string, error: unknown, signal: AbortSignal): Failure {
  const failure = failureOf(file, error, signal);
  if (!(error instanceof TranscriptPartialError) || isStandardOutput(path)) return failure;
  return { ...failure, remedy: `${failure.remedy} The parts that are done are kept: run the same command again.` };
}

function show(result: Written | Failure, { json }: TranscribeFlags, progress: Progress, to: NodeJS.WriteStream): void {
  if (!result.ok) process.exitCode = 1;
  if (json) to.write(`${JSON.stringify(result)}\n`);
  else if (!result.ok) progress.say(failureLines(result));
  else if (!isStandardOutput(result.output))
    progress.say(`${printable(nameOf(result.file))} → ${printable(result.output)}\n`);
}
