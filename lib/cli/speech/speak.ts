import { text } from 'node:stream/consumers';
import { type Command, CommanderError, Option } from 'commander';
import { untilAborted } from '../../async/abort.js';
import type { SpeechFormat } from '../../openai/index.js';
import { servedSpeech, speechFormats } from '../../openai/inner.js';
import { failureLines, failureOf } from '../failure.js';
import { seconds } from '../options.js';
import { planOutputs } from '../output/output_plan.js';
import { writeOutput } from '../output/write_output.js';
import { isStandardInput } from '../standard_streams.js';
import { orUsageError } from '../usage.js';
import { addServer, type ServerFlags, serverOf } from './server.js';

interface Flags extends ServerFlags {
  readonly output: string;
  readonly format?: SpeechFormat;
  readonly voice: string;
  readonly speed?: number;
  readonly instructions?: string;
}

const notes = `
What the server gives in another format is encoded again: a file is what its name says.
The key of the server is taken from OPENAI_API_KEY.

Examples:
  cochlea speak "Good morning." --output morning.wav
  cochlea speak - --output chapter.mp3 --voice nova < chapter.txt
  cochlea speak "Good morning." --output - --format wav --base-url http://127.0.0.1:8000/v1 | aplay`;

export function addSpeak(program: Command, signal: AbortSignal): void {
  const command = program
    .command('speak')
    .description("speak a text, by a server with OpenAI's audio API")
    .argument('<text>', 'what to say, or - for standard input')
    .requiredOption('-o, --output <path>', 'file to write, or - for standard output');
  addServer(command, 'tts-1')
    .addOption(
      new Option('--format <format>', 'format of the output (default: by the extension of --output)').choices(
        speechFormats,
      ),
    )
    .option('--voice <name>', 'voice of the server', 'alloy')
    .option('--speed <factor>', '0.25 … 4 (default: 1)', seconds)
    .option('--instructions <text>', 'how to speak')
    .addHelpText('after', notes)
    .action((given: string, flags: Flags) => run(command, given, flags, signal));
}

async function run(command: Command, given: string, flags: Flags, signal: AbortSignal): Promise<void> {
  const { output, format, model, voice, speed, instructions } = flags;
  const [planned] = orUsageError(command, () => planOutputs(['speech'], output, format, speechFormats));
  const engine = orUsageError(command, () => serverOf(flags));
  const chosen = planned?.format ?? 'wav';
  try {
    const input = isStandardInput(given) ? await typed(signal) : given;
    if (input.trim() === '') command.error('error: there is no text to speak');
    const speech = await engine.speech({ model, input, voice, speed, instructions, format: chosen, signal });
    const pieces: Uint8Array[] = [];
    for await (const piece of servedSpeech(speech, chosen, signal)) pieces.push(piece);
    await writeOutput(output, pieces, signal);
  } catch (error) {
    if (error instanceof CommanderError) throw error;
    const lines = failureLines(failureOf(output, error, signal));
    process.exitCode = 1;
    process.stderr.write(lines);
  } finally {
    await engine.close();
  }
}

/** All of standard input. An interrupt ends it, while nobody types. */
async function typed(signal: AbortSignal): Promise<string> {
  try {
    return await untilAborted(text(process.stdin), signal);
  } finally {
    process.stdin.destroy();
  }
}
