/**
 * The files that everything is measured on, made by the ffmpeg CLI from a seeded synthesis: chords,
 * plucked notes and pulsing pink noise, of which FLAC keeps about 60 %, as it does of music.
 * The same ffmpeg on the same kind of processor makes the same bytes; each run reports their SHA-256.
 */
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Two melodies in fifths, one per ear, over chords: @param {number} root Hz @param {number} beat seconds */
const plucks = (root, beat, step, decay) => {
  const note = `pow(2,mod(${step}*floor(t/${beat}),12)/12)`;
  return `0.3*exp(-${decay}*mod(t,${beat}))*(sin(2*PI*t*${root}*${note})+0.4*sin(2*PI*t*${3 * root}*${note}))`;
};
const chord = (wobble, [a, b, c]) =>
  `(0.75+0.25*sin(2*PI*${wobble}*t))*(0.10*sin(2*PI*${a}*t)+0.09*sin(2*PI*${b}*t)+0.08*sin(2*PI*${c}*t))`;
const left = `${chord(0.3, [130.81, 164.81, 196])}+${plucks(220, 0.5, 5, 5)}`;
const right = `${chord(0.2, [130.81, 164.81, 246.94])}+${plucks(330, 0.375, 7, 6)}`;
const noise = (seed, seconds) => `anoisesrc=c=pink:r=44100:a=0.05:seed=${seed}:d=${seconds}`;
const music = (seconds) => [
  '-filter_complex',
  `aevalsrc='${left}|${right}':s=44100:d=${seconds}[music];${noise(7, seconds)}[left];${noise(8, seconds)}[right];` +
    '[left][right]join=inputs=2:channel_layout=stereo,tremolo=f=4:d=0.6[noise];' +
    '[music][noise]amix=inputs=2:normalize=0[out]',
  '-map',
  '[out]',
];
/** −6 dBFS, mono, in float, so that no quantisation noise hides what a resampler leaves. */
const tone = (hertz) => ['-f', 'lavfi', '-i', `aevalsrc='0.5*sin(2*PI*${hertz}*t)':s=44100:d=3`, '-c:a', 'pcm_f32le'];
const from = (source) => ['-i', source];

export const TONES = [7000, 7500, 8200, 9000, 12000];

/** Clips as a service gets them: of several lengths, each in several formats, from all over the long file. */
const MIX_SECONDS = [1, 2, 3, 4, 5, 6, 8, 10];
const MIX_CODECS = {
  wav: ['pcm_s16le'],
  mp3: ['libmp3lame', '-b:a', '128k'],
  flac: ['flac'],
  opus: ['libopus', '-b:a', '64k'],
  m4a: ['aac', '-b:a', '128k'],
};
const mix = MIX_SECONDS.flatMap((seconds) =>
  Object.entries(MIX_CODECS).map(([extension, codec]) => [
    `mix-${seconds}.${extension}`,
    ['-ss', `${40 * seconds}`, ...from('long.wav'), '-t', `${seconds}`, '-c:a', ...codec],
  ]),
);

/** name → ffmpeg arguments. A name after -i is an earlier file of the same folder. */
const RECIPES = {
  'long.wav': [...music(600), '-c:a', 'pcm_s16le'],
  'long.mp3': [...from('long.wav'), '-c:a', 'libmp3lame', '-b:a', '192k'],
  'long.flac': [...from('long.wav'), '-c:a', 'flac'],
  'long.m4a': [...from('long.wav'), '-c:a', 'aac', '-b:a', '128k', '-movflags', '+faststart'],
  // Without perceptual noise substitution, as most other encoders write AAC.
  'long.nopns.m4a': [...from('long.wav'), '-c:a', 'aac', '-b:a', '128k', '-aac_pns', '0', '-movflags', '+faststart'],
  'long.webm': [...from('long.wav'), '-c:a', 'libopus', '-b:a', '96k'],
  'long.ogg': [...from('long.wav'), '-c:a', 'libvorbis', '-q:a', '4'],
  'half-minute.mp3': [...from('long.wav'), '-t', '30', '-c:a', 'libmp3lame', '-b:a', '128k'],
  'clip.mp3': [...from('long.wav'), '-t', '10', '-c:a', 'libmp3lame', '-b:a', '192k'],
  'short.wav': [...from('long.wav'), '-t', '3', '-c:a', 'pcm_s16le'],
  'short.mp3': [...from('long.wav'), '-t', '3', '-c:a', 'libmp3lame', '-b:a', '192k'],
  'short.opus': [...from('long.wav'), '-t', '3', '-c:a', 'libopus', '-b:a', '96k'],
  ...Object.fromEntries(mix),
  ...Object.fromEntries(TONES.map((hertz) => [`tone-${hertz}.wav`, tone(hertz)])),
};

/** Seconds of audio in each input. @param {string} name */
export function secondsOf(name) {
  const mixed = /^mix-(\d+)\./.exec(name);
  if (mixed) return Number(mixed[1]);
  if (name.startsWith('half-minute.')) return 30;
  return name.startsWith('long.') ? 600 : name.startsWith('clip.') ? 10 : 3;
}

/**
 * Makes what is missing.
 * @param {(text: string) => void} progress
 * @returns {Promise<Record<string, {path: string, bytes: number, sha256: string, seconds: number}>>}
 */
export async function inputs(progress) {
  const ffmpeg = ffmpegVersion();
  const key = createHash('sha256').update(JSON.stringify(RECIPES)).update(ffmpeg).digest('hex').slice(0, 16);
  const folder = join(cacheFolder(), 'bench', key);
  mkdirSync(folder, { recursive: true });
  for (const [name, recipe] of Object.entries(RECIPES)) {
    if (existsSync(join(folder, name))) continue;
    progress(`making ${name}`);
    const unfinished = join(folder, `unfinished-${process.pid}-${name}`);
    const args = [
      '-v',
      'error',
      '-nostdin',
      '-y',
      '-filter_complex_threads',
      '1',
      ...recipe,
      '-threads',
      '1',
      '-bitexact',
    ];
    try {
      // Bit-exact muxers write no random identifiers and no version of their own.
      await run('ffmpeg', [...args, unfinished], { cwd: folder });
      renameSync(unfinished, join(folder, name));
    } finally {
      rmSync(unfinished, { force: true });
    }
  }
  return Object.fromEntries(Object.keys(RECIPES).map((name) => [name, facts(folder, name)]));
}

/** Of the CLI that makes the inputs; it is a contender as well. */
export function ffmpegVersion() {
  try {
    return /version (\S+)/.exec(execFileSync('ffmpeg', ['-version'], { encoding: 'utf8' }))?.[1] ?? '';
  } catch (cause) {
    throw new Error(
      'the inputs are made by the ffmpeg command, with libmp3lame, libopus and libvorbis: install it first',
      { cause },
    );
  }
}

/** @param {string} folder @param {string} name */
function facts(folder, name) {
  const path = join(folder, name);
  const known = `${path}.json`;
  if (existsSync(known)) return { ...JSON.parse(readFileSync(known, 'utf8')), path };
  const data = readFileSync(path);
  const found = {
    bytes: data.length,
    sha256: createHash('sha256').update(data).digest('hex'),
    seconds: secondsOf(name),
  };
  writeFileSync(known, JSON.stringify(found));
  return { ...found, path };
}

/** Where the native build keeps its downloads too. */
export function cacheFolder() {
  const { COCHLEA_CACHE, XDG_CACHE_HOME } = process.env;
  return COCHLEA_CACHE ?? (XDG_CACHE_HOME ? join(XDG_CACHE_HOME, 'cochlea') : join(homedir(), '.cache', 'cochlea'));
}
