import { basename } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { AudioDecoder, type DecodedAudio } from '../../index.js';
import { failureLines, failureOf } from '../failure.js';
import { seconds, whole } from '../options.js';
import { writeOutput } from '../output/write_output.js';
import type { Size } from '../picture/canvas.js';
import { type Drawing, loadDrawing } from '../picture/drawing.js';
import type { ColourRange } from '../picture/heatmap.js';
import { type PictureStyle, picture } from '../picture/picture.js';
import { Progress } from '../progress.js';
import { type AddressFlags, addAddressFlags, Sources } from '../sources.js';
import { reportStream } from '../standard_streams.js';
import { printable } from '../terminal.js';
import { orUsageError } from '../usage.js';
import { bitRate, container, duration, hertz } from '../wording.js';

interface Flags extends AddressFlags {
  readonly output: string;
  readonly size?: Size;
  readonly start?: number;
  readonly end?: number;
  readonly levels?: ColourRange;
  readonly frequency?: PictureStyle['frequency'];
  readonly stream?: number;
  readonly json?: true;
}

const usualSize: Size = { width: 1200, height: 700 };

const notes = `
The picture shows the audio at its own rate: the waveform (of each channel, or of their mean if there
are more than two; darker: RMS) and the spectrogram of the mean, 50 Hz (with --frequency linear: 0 Hz)
to half the sample rate. Times count from the start of the whole audio. Use the same --levels for pictures that you compare.

Examples:
  cochlea inspect talk.mp3 --output talk.png
  cochlea inspect talk.mp3 --output talk.png --size 1920x1080
  cochlea inspect talk.mp3 --start 60 --end 65 --levels -100:-10 --frequency linear --output moment.png`;

export function addInspect(program: Command, signal: AbortSignal): void {
  const command = program
    .command('inspect')
    .description('draw waveform and spectrogram of an audio file')
    .argument('<file>', 'audio file, https: address, or - for standard input')
    .requiredOption('-o, --output <png>', 'picture to write, or - for standard output')
    .option('--size <width>x<height>', 'size of the picture in pixels (default: 1200x700)', parseSize)
    .option('--start <s>', 'where to begin, in seconds; negative: that long before the end (default: 0)', seconds)
    .option('--end <s>', 'where to end, in seconds from the start of the audio (default: its end)', seconds)
    .option(
      '--levels <low>:<high>',
      'dB of the darkest and the lightest colour, for example -100:0 (default: 90 dB up to the loudest)',
      parseLevels,
    )
    .addOption(
      new Option('--frequency <scale>', 'frequency scale of the spectrogram (default: log)').choices(['log', 'linear']),
    )
    .option('--stream <index>', 'stream to draw, as `cochlea probe` counts them (default: the best)', whole);
  addAddressFlags(command)
    .option('--json', 'print one JSON line')
    .addHelpText('after', notes)
    .action((file: string, flags: Flags) => run(command, file, flags, signal));
}

async function run(command: Command, file: string, flags: Flags, signal: AbortSignal): Promise<void> {
  const { output, size = usualSize, start, end, levels, frequency, stream } = flags;
  orUsageError(command, () => new AudioDecoder({ start, end }));
  const drawing = await loadDrawing();
  const progress = new Progress(1, 'drawing', file);
  const sources = new Sources({}, flags, (each) => progress.received(each));
  try {
    const audio = await sources.decode(file, {
      channels: 'native',
      downmix: 'none',
      stream,
      start,
      end,
      signal,
    });
    await writePicture(drawing, audio, file, output, { ...size, levels, frequency }, signal);
    const { width, height } = size;
    const line = { file, ok: true, output, width, height, duration: audio.duration };
    reportStream([output]).write(flags.json ? `${JSON.stringify(line)}\n` : `${printable(output)}\n`);
    if (!drawing.hasFonts())
      progress.say('warning: no font is installed, so the picture has no text (apt-get install fonts-dejavu-core)\n');
  } catch (error) {
    const failure = failureOf(file, error, signal);
    process.exitCode = 1;
    if (flags.json) process.stdout.write(`${JSON.stringify(failure)}\n`);
    else progress.say(failureLines(failure));
  } finally {
    progress.stop();
    await sources.close();
  }
}

/** Draws decoded audio as PNG, with its name and facts as title. */
export async function writePicture(
  drawing: Drawing,
  audio: DecodedAudio,
  file: string,
  output: string,
  style: Size & PictureStyle,
  signal: AbortSignal,
): Promise<void> {
  const options = { ...style, title: printable(basename(file)), subtitle: facts(audio) };
  await writeOutput(output, [await picture(drawing, audio, options)], signal);
}

function facts({ source, sampleRate, frames, duration: seconds }: DecodedAudio): string {
  const profile = source.profile === null ? '' : ` (${source.profile})`;
  const rate = source.bitRate === null ? [] : [bitRate(source.bitRate)];
  const wrapped = source.container === source.codec ? '' : ` in ${container(source.container)}`;
  return [
    `${source.codec}${profile}${wrapped}`,
    hertz(sampleRate),
    source.channelLayout,
    ...rate,
    `${duration(seconds)} = ${frames} frames`,
  ].join('  ·  ');
}

/** As ffmpeg writes ranges: low and high, with a colon between. */
function parseLevels(text: string): ColourRange {
  const match = /^(-?\d+(?:\.\d+)?):(-?\d+(?:\.\d+)?)$/.exec(text);
  const [low, high] = [Number(match?.[1]), Number(match?.[2])];
  if (!match || !(low < high)) throw new InvalidArgumentError('Expected low:high in dB, for example -100:0.');
  return { low, high };
}

function parseSize(text: string): Size {
  const match = /^(\d{3,4})x(\d{3,4})$/.exec(text);
  const [width, height] = [Number(match?.[1]), Number(match?.[2])];
  if (!match || width < 400 || height < 300)
    throw new InvalidArgumentError('Expected for example 1200x700, at least 400x300.');
  return { width, height };
}
