import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EncodeFormat } from '../../dist/index.js';

/** What MP3, Opus and AAC files hold, by the word of others: the `ffmpeg`, `ffprobe`, `mpg123` and `opusdec` commands. */

export type LossyFormat = Exclude<EncodeFormat, 'wav' | 'flac'>;

/** Encoder, and muxer, of the ffmpeg command. */
const ffmpegNames = { mp3: ['libmp3lame', 'mp3'], opus: ['libopus', 'opus'], aac: ['aac', 'adts'] } as const;

export interface Sound {
  /** Planar. */
  readonly data: Float32Array<ArrayBuffer>;
  readonly channels: number;
  readonly sampleRate: number;
}

/**
 * Tones that swell and fade, with a little noise: something of everything that codecs care about; within ±0.8. Without
 * noise, it is the same sound at all sample rates.
 */
export function music(frames: number, channels: number, sampleRate: number, noise = 0.004): Sound {
  const data = new Float32Array(channels * frames);
  let state = 7;
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < frames; i++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      const t = i / sampleRate;
      const swell = 0.5 + 0.5 * Math.sin(2 * Math.PI * (1.5 + c) * t);
      const tones = [220, 331, 552, 1104, 1871].map(
        (f, k) => Math.sin(2 * Math.PI * f * (1 + 0.02 * c) * t) / (k + 1.5),
      );
      const sum = tones.reduce((a, b) => a + b, 0);
      data[c * frames + i] = 0.35 * swell * sum + noise * (state / 2 ** 31 - 1);
    }
  }
  return { data, channels, sampleRate };
}

/** Planar float32 → interleaved bytes, as ffmpeg reads `f32le`. */
function bytesOf({ data, channels }: Sound): Buffer {
  const frames = data.length / channels;
  const interleaved = Float32Array.from(data, (_, i) => data[(i % channels) * frames + Math.floor(i / channels)] ?? 0);
  return Buffer.from(interleaved.buffer);
}

function soundOf(raw: Buffer, channels: number, sampleRate: number): Sound {
  const interleaved = new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.byteLength));
  const frames = interleaved.length / channels;
  const data = interleaved.map((_, i) => interleaved[(i % frames) * channels + Math.floor(i / frames)] ?? 0);
  return { data, channels, sampleRate };
}

/** What the ffmpeg command makes of the same samples. */
export function ffmpegEncode(sound: Sound, format: LossyFormat, bitRate: number): Uint8Array {
  const [encoder, muxer] = ffmpegNames[format];
  return withFolder((folder) => {
    // To a file: the muxer of MP3 goes back to its header.
    const path = join(folder, 'out');
    const input = ['-f', 'f32le', '-ar', `${sound.sampleRate}`, '-ac', `${sound.channels}`, '-i', '-'];
    run('ffmpeg', [...input, '-c:a', encoder, '-b:a', `${bitRate}`, '-f', muxer, path], bytesOf(sound));
    return run('cat', [path]);
  });
}

/** The samples that the ffmpeg command decodes, at the rate and with the channels of the file. */
export function ffmpegDecode(file: Uint8Array): Sound {
  return withFolder((folder) => {
    const path = join(folder, 'in');
    writeFileSync(path, file);
    const { sampleRate, channels } = ffprobe(path);
    return soundOf(run('ffmpeg', ['-i', path, '-f', 'f32le', '-']), channels, sampleRate);
  });
}

/** What it says about a file: fields of its only stream. */
export function streamFacts(file: Uint8Array): ReturnType<typeof ffprobe> {
  return withFolder((folder) => {
    const path = join(folder, 'in');
    writeFileSync(path, file);
    return ffprobe(path);
  });
}

function ffprobe(path: string) {
  const args = ['-v', 'error', '-show_streams', '-show_format', '-of', 'json', path];
  const { streams, format } = JSON.parse(run('ffprobe', args).toString()) as {
    streams: { codec_name: string; profile?: string; sample_rate: string; channels: number; bit_rate?: string }[];
    format: { format_name: string; bit_rate: string; duration: string };
  };
  const [stream] = streams;
  if (stream === undefined || streams.length > 1) throw new Error('not one stream');
  return {
    container: format.format_name,
    codec: stream.codec_name,
    profile: stream.profile,
    sampleRate: Number(stream.sample_rate),
    channels: stream.channels,
    bitRate: Number(stream.bit_rate ?? format.bit_rate),
  };
}

/** Number of frames by decoders that share no code with FFmpeg. */
export function othersDecode(file: Uint8Array, format: 'mp3' | 'opus'): Sound {
  return withFolder((folder) => {
    const path = join(folder, `in.${format}`);
    writeFileSync(path, file);
    const { sampleRate, channels } = ffprobe(path);
    if (format === 'mp3') return soundOf(run('mpg123', ['-q', '-e', 'f32', '-s', path]), channels, sampleRate);
    return soundOf(run('opusdec', ['--quiet', '--float', '--rate', '48000', path, '-']), channels, 48_000);
  });
}

/**
 * Signal-to-noise ratio in dB, of the frames that both have from `from` on in `decoded`.
 */
export function snr(reference: Sound, decoded: Sound, from = 0): number {
  const [a, b] = [reference.data.length / reference.channels, decoded.data.length / decoded.channels];
  const frames = Math.min(a, b - from);
  let signal = 0;
  let noise = 0;
  for (let c = 0; c < reference.channels; c++) {
    for (let i = 0; i < frames; i++) {
      const x = reference.data[c * a + i] as number;
      const y = decoded.data[c * b + from + i] as number;
      signal += x * x;
      noise += (x - y) ** 2;
    }
  }
  return 10 * Math.log10(signal / noise);
}

export const framesOf = ({ data, channels }: Sound) => data.length / channels;

function run(command: string, args: string[], input?: Buffer): Buffer {
  const quiet = command === 'ffmpeg' ? ['-v', 'error', '-y', ...args] : args;
  const { status, stdout, stderr, error } = spawnSync(command, quiet, { input, maxBuffer: 2 ** 30 });
  if (status !== 0) throw new Error(`${command} ${quiet.join(' ')}: ${error ?? stderr}`);
  return stdout;
}

function withFolder<Result>(work: (folder: string) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), 'cochlea-encode-'));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
