import { basename } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import type { DecodedAudio } from '../index.js';
import { writeAtomically } from './atomic.js';
import type { Size } from './canvas.js';
import { type Drawing, loadDrawing } from './drawing.js';
import { failureLines, failureOf } from './failure.js';
import { whole } from './options.js';
import { picture } from './picture.js';
import { Progress } from './progress.js';
import { type AddressFlags, addAddressFlags, Sources } from './sources.js';
import { printable } from './terminal.js';
import { bitRate, container, duration, hertz } from './wording.js';

interface Flags extends AddressFlags {
  readonly output: string;
  readonly size: Size;
  readonly stream?: number;
  readonly json?: true;
}

const notes = `
The picture shows the audio at its own rate: the waveform (of each channel, or of their mean if there
are more than two; darker: RMS) and the spectrogram of the mean, 50 Hz to half the sample rate.

Examples:
  cochlea inspect talk.mp3 --output talk.png
  cochlea inspect talk.mp3 --output talk.png --size 1920x1080`;

export function addInspect(program: Command, signal: AbortSignal): void {
  const command = program
    .command('inspect')
    .description('draw waveform and spectrogram of an audio file')
    .argument('<file>', 'audio file, or https: address')
    .requiredOption('-o, --output <png>', 'picture to write')
    .option('--size <width>x<height>', 'of the picture, in pixels (default: 1200x700)', parseSize, {
      width: 1200,
      height: 700,
    })
    .option('--stream <index>', 'stream to draw, as `cochlea probe` counts them (default: the best)', whole);
  addAddressFlags(command)
    .option('--json', 'print one JSON line')
    .addHelpText('after', notes)
    .action((file: string, flags: Flags) => run(file, flags, signal));
}

async function run(file: string, flags: Flags, signal: AbortSignal): Promise<void> {
  const drawing = await loadDrawing();
  const progress = new Progress(1, 'drawing', file);
  const sources = new Sources({}, flags, (each) => progress.received(each));
  try {
    const audio = await sources.decode(file, {
      channels: 'native',
      downmix: 'none',
      stream: flags.stream,
      signal,
    });
    await writePicture(drawing, audio, file, flags.output, flags.size, signal);
    const { width, height } = flags.size;
    const line = { file, ok: true, output: flags.output, width, height, duration: audio.duration };
    process.stdout.write(flags.json ? `${JSON.stringify(line)}\n` : `${printable(flags.output)}\n`);
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

/** Draws decoded audio into a PNG file, under its name and facts. */
export async function writePicture(
  drawing: Drawing,
  audio: DecodedAudio,
  file: string,
  output: string,
  size: Size,
  signal: AbortSignal,
): Promise<void> {
  const options = { ...size, title: printable(basename(file)), subtitle: facts(audio) };
  await writeAtomically(output, [await picture(drawing, audio, options)], signal);
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

function parseSize(text: string): Size {
  const match = /^(\d{3,4})x(\d{3,4})$/.exec(text);
  const [width, height] = [Number(match?.[1]), Number(match?.[2])];
  if (!match || width < 400 || height < 300)
    throw new InvalidArgumentError('Expected for example 1200x700, at least 400x300.');
  return { width, height };
}
