import { statSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { TranscriptPartialError } from '../../errors.js';
import { AudioLoader } from '../../load/index.js';
import { AudioClient, type Damage, type TranscribeParams } from '../../openai/index.js';
import { damageLines } from '../damage.js';
import { type Failure, failureLines, failureOf } from '../failure.js';
import { inOrder } from '../in_order.js';
import { seconds, whole } from '../options.js';
import { type Planned, planOutputs } from '../output/output_plan.js';
import { addSkip, type SkipFlags, withoutExisting } from '../output/skip.js';
import { writeOutput } from '../output/write_output.js';
import { pipeOf } from '../pipes.js';
import { Progress } from '../progress.js';
import { type AddressFlags, addAddressFlags, isAddress, nameOf } from '../sources.js';
import { isStandardOutput, reportStream } from '../standard_streams.js';
import { printable } from '../terminal.js';
import { orUsageError } from '../usage.js';
import { duration } from '../wording.js';
import { KeptParts, versionOf } from './kept_parts.js';
import { addServer, type ServerFlags, serverOf } from './server.js';

/** Extensions of outputs, and the formats that they have. */
const formats = ['txt', 'json', 'verbose_json', 'srt', 'vtt'] as const;
type Format = (typeof formats)[number];

interface Flags extends ServerFlags, AddressFlags, SkipFlags {
  readonly output: string;
  readonly format?: Format | 'text';
  readonly language?: string;
  readonly prompt?: string;
  readonly temperature?: number;
  readonly words?: true;
  readonly translate?: true;
  readonly chain?: true;
  readonly partSeconds?: number;
  readonly partBytes?: number;
  readonly concurrency: number;
}

const notes = `
Formats: txt (text), srt and vtt (subtitles), json, verbose_json (with times of segments; --words: of words).

Any audio of any length: what the server does not take at once is cut at quiet places, and the results are merged as if the
server had heard all of it. Parts that are done are kept beside the output until it is written (.NAME.parts): the same
command goes on where it was interrupted.

The key of the server is taken from OPENAI_API_KEY.

Examples:
  cochlea transcribe lecture.wma --output lecture.srt
  cochlea transcribe talk.m4a
  cochlea transcribe calls/*.opus --output texts/ --format json --base-url http://127.0.0.1:8000/v1
  cochlea transcribe https://example.com/podcast.mp3 --language en --output podcast.vtt
  cochlea transcribe interview.mp3 --format verbose_json --words --output interview.json`;

export function addTranscribe(program: Command, signal: AbortSignal): void {
  const command = program
    .command('transcribe')
    .description("write down what is said, by a server with OpenAI's audio API")
    .argument('<file...>', 'audio files, https: addresses, or - for standard input')
    .option('-o, --output <path>', 'file, folder or pattern to write, or - for standard output', '-');
  addServer(command, 'whisper-1')
    .addOption(
      new Option('--format <format>', 'format of the output (default: by the extension of --output, or txt)').choices([
        ...formats,
        'text',
      ]),
    )
    .option('--language <code>', 'language of the audio, such as en (default: the server finds it)')
    .option('--prompt <text>', 'text that comes before the audio, or words to expect')
    .option('--temperature <t>', '0 … 1', seconds)
    .option('--words', 'times of words, with verbose_json')
    .option('--translate', 'to English')
    .option('--chain', 'give each part the end of the text before it; parts are then done one by one')
    .option('--part-seconds <s>', 'longest part (default: what the model takes; 600 if that is not known)', seconds)
    .option('--part-bytes <n>', 'largest upload (default: 25 MiB)', whole)
    .option('--concurrency <n>', 'parts to ask for at a time', whole, 4);
  addAddressFlags(addSkip(command))
    .option('--json', 'print one JSON line per file')
    .addHelpText('after', notes)
    .action((files: string[], flags: Flags) => run(command, files, flags, signal));
}

interface Written {
  readonly file: string;
  readonly ok: true;
  readonly output: string;
  readonly format: string;
  readonly parts: number;
  readonly milliseconds: number;
  /** If there was any. */
  readonly damage?: Damage;
}

/** What all files of a command share. */
interface Setting {
  readonly client: AudioClient;
  readonly loader: AudioLoader;
  readonly flags: Flags;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

async function run(command: Command, files: readonly string[], flags: Flags, signal: AbortSignal): Promise<void> {
  const plan = orUsageError(command, () => withoutExisting(planned(files, flags), flags));
  if (plan.length === 0) return;
  const { partSeconds, partBytes, concurrency, allowHttp, allowPrivate } = flags;
  const limits = {
    ...(partSeconds !== undefined && { seconds: partSeconds }),
    ...(partBytes !== undefined && { bytes: partBytes }),
  };
  const engine = orUsageError(command, () => serverOf(flags, limits));
  const progress = new Progress(plan.length, 'transcribing', plan[0]?.file ?? '');
  const loader = new AudioLoader({
    // The user has chosen the files and addresses, and waits as long as bytes arrive.
    allowedRoot: '/',
    allowHttp: allowHttp === true,
    allowPrivateAddresses: allowPrivate === true,
    fetch: { timeout: 24 * 3600 * 1000, bodyBytes: 512 * 1024 ** 2 },
    cache: { maxBytes: 0 },
    onProgress: (each) => progress.received(each),
  });
  try {
    const client = orUsageError(command, () => new AudioClient(engine, { loader, concurrency }));
    const setting = { client, loader, flags, progress, signal };
    const to = reportStream(plan.map(({ path }) => path));
    const work = (each: Planned<Format>) => transcribeOne(setting, each).finally(() => progress.done(each.file));
    // One by one: each has as many parts under way as the server is asked for.
    for await (const result of inOrder(plan, 1, work)) show(result, flags, progress, to);
  } finally {
    progress.stop();
    await Promise.all([loader.close(), engine.close()]);
  }
}

function planned(files: readonly string[], { output, format, words, translate }: Flags): Planned<Format>[] {
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

async function transcribeOne(setting: Setting, planned: Planned<Format>): Promise<Written | Failure> {
  const { client, loader, flags, progress, signal } = setting;
  const { file, path, format } = planned;
  const start = performance.now();
  try {
    const piped = isAddress(file) ? undefined : await pipeOf(file);
    const length = piped ? null : await lengthOf(loader, file, signal);
    const params = paramsOf(flags, format);
    const kept = piped || !isKeepable(path) ? undefined : new KeptParts(path, askedFor(file, flags, params));
    if (kept && kept.seconds > 0)
      progress.say(`${printable(file)}: going on: ${duration(kept.seconds)} are done already\n`);
    let parts = 0;
    let damage: Damage | undefined;
    const options = {
      signal,
      onDamage: (found: Damage) => {
        damage = found;
        if (!flags.json) progress.say(damageLines(file, found));
      },
      chain: flags.chain === true,
      known: (part: Parameters<KeptParts['known']>[0]) => kept?.known(part),
      onProgress: (part: Parameters<KeptParts['add']>[0]) => {
        parts++;
        kept?.add(part);
        progress.heard(part.seconds, length);
      },
    };
    const source = piped ?? file;
    const { timestamp_granularities: _, language: __, ...translation } = params;
    const result = flags.translate
      ? await client.translate(source, translation as TranscribeParams<'json'>, options)
      : await client.transcribe(source, params, options);
    const text = typeof result === 'string' ? result : `${JSON.stringify(result, undefined, 1)}\n`;
    await writeOutput(path, [Buffer.from(text.endsWith('\n') ? text : `${text}\n`)], signal);
    kept?.drop();
    const milliseconds = Math.round(performance.now() - start);
    const facts = { output: path, format: params.response_format ?? 'json', parts, milliseconds };
    return { file, ok: true, ...facts, ...(damage && { damage }) };
  } catch (error) {
    return failed(file, path, error, signal);
  }
}

/** Whether something can lie beside the output: it is a file, or will be one. Writing says what is wrong with its path. */
function isKeepable(path: string): boolean {
  if (isStandardOutput(path)) return false;
  try {
    return statSync(path).isFile();
  } catch {
    return true;
  }
}

function paramsOf({ model, language, prompt, temperature, words }: Flags, format: Format): TranscribeParams {
  return {
    model,
    response_format: format === 'txt' ? 'text' : format,
    language,
    prompt,
    temperature,
    ...(words && { timestamp_granularities: ['word', 'segment'] as const }),
  };
}

/** All that shapes the parts and their texts. The format does not: another one can be made of the same parts. */
function askedFor(file: string, flags: Flags, { response_format: format, ...params }: TranscribeParams): object {
  const times = ['srt', 'vtt', 'verbose_json'].includes(format ?? '');
  const { baseUrl, partSeconds, partBytes, translate, chain } = flags;
  return { ...versionOf(file), params, times, baseUrl, partSeconds, partBytes, translate, chain };
}

async function lengthOf(loader: AudioLoader, file: string, signal: AbortSignal): Promise<number | null> {
  // Of an address, all of it would be fetched twice.
  if (isAddress(file)) return null;
  return (await loader.probe(file, { signal })).duration;
}

function failed(file: string, path: string, error: unknown, signal: AbortSignal): Failure {
  const failure = failureOf(file, error, signal);
  if (!(error instanceof TranscriptPartialError) || isStandardOutput(path)) return failure;
  return { ...failure, remedy: `${failure.remedy} The parts that are done are kept: run the same command again.` };
}

function show(result: Written | Failure, { json }: Flags, progress: Progress, to: NodeJS.WriteStream): void {
  if (!result.ok) process.exitCode = 1;
  if (json) to.write(`${JSON.stringify(result)}\n`);
  else if (!result.ok) progress.say(failureLines(result));
  else if (!isStandardOutput(result.output))
    progress.say(`${printable(nameOf(result.file))} → ${printable(result.output)}\n`);
}
