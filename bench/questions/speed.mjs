/** How long does one decode take: bytes in memory → 16 kHz mono float32, nothing else running? */
import { median } from '../report/statistics.mjs';

const ROWS = [
  ['10 min MP3', 'long.mp3'],
  ['10 min FLAC', 'long.flac'],
  ['10 min M4A (AAC)', 'long.m4a'],
  ['10 min WebM (Opus)', 'long.webm'],
  ['10 min Ogg (Vorbis)', 'long.ogg'],
  ['10 min WAV', 'long.wav'],
  ['3 s WAV', 'short.wav'],
  ['3 s MP3', 'short.mp3'],
  ['3 s Opus', 'short.opus'],
];
/** A contender whose warm-up took longer gets fewer rounds; one that takes this long has hung. */
const SLOW_MILLISECONDS = 3000;
const HUNG_SECONDS = 60;

/** In the contender's process. */
export async function inside({ decode, bytes, path }) {
  const start = performance.now();
  const samples = await decode(bytes, path);
  const milliseconds = performance.now() - start;
  let power = 0;
  for (const sample of samples) power += sample * sample;
  return { parts: [milliseconds], frames: samples.length, rms: Math.sqrt(power / samples.length) };
}

/** @param {{contenders: any[], files: Record<string, any>, quick: boolean, progress: (text: string) => void}} run */
export async function measure({ contenders, files, quick, progress }) {
  const rows = [];
  for (const [label, name] of ROWS) {
    const file = files[name];
    const rounds = name.startsWith('long.') ? (quick ? 3 : 7) : quick ? 9 : 31;
    const cells = [];
    for (const contender of contenders) {
      progress(`${label}: warming up ${contender.name}`);
      cells.push(await warmUp(contender, file, rounds, quick));
    }
    for (let round = 0; round < rounds; round++) {
      progress(`${label}: round ${round + 1} of ${rounds}`);
      for (const cell of cells) {
        if (cell.failed !== undefined || round >= cell.rounds) continue;
        try {
          cell.times.push((await cell.contender.ask('speed', {}, HUNG_SECONDS)).parts);
        } catch (error) {
          cell.failed = /** @type {Error} */ (error).message;
        }
      }
    }
    rows.push({ label, file: name, seconds: file.seconds, cells: judged(cells, file.seconds) });
  }
  return rows;
}

async function warmUp(contender, file, rounds, quick) {
  const cell = { contender, rounds, times: [], failed: contender.missing, result: undefined };
  if (cell.failed !== undefined) return cell;
  try {
    await contender.open(file.path);
    cell.result = await contender.ask('speed', {}, HUNG_SECONDS);
    if (sum(cell.result.parts) > SLOW_MILLISECONDS) cell.rounds = Math.min(rounds, quick ? 1 : 3);
  } catch (error) {
    cell.failed = /** @type {Error} */ (error).message;
  }
  return cell;
}

/**
 * Medians, and what is odd about the samples: too few or too many, or a level that is not ours.
 * Medians of a contender's parts are added up (the floor decodes and resamples apart).
 */
function judged(cells, seconds) {
  const ours = cells.find(({ contender }) => contender.entry.kind === 'ours')?.result;
  return cells.map(({ contender, times, failed, result }) => {
    const cell = { contender: contender.name, kind: contender.entry.kind };
    if (failed !== undefined || !result) return { ...cell, failed: failed ?? 'no result' };
    const parts = result.parts.map((_, part) => median(times.map((round) => round[part])));
    const excess = result.frames / 16_000 - seconds;
    const decibels = ours?.rms && result.rms !== null ? 20 * Math.log10(result.rms / ours.rms) : 0;
    const notes = [];
    if (Math.abs(excess) > 0.1) notes.push(`${excess > 0 ? '+' : ''}${excess.toFixed(2)} s of audio`);
    if (!(Math.abs(decibels) < 0.5)) notes.push(`level ${decibels > 0 ? '+' : ''}${decibels.toFixed(1)} dB`);
    const wrong = Math.abs(excess) > 0.01 * seconds + 0.1 || !(Math.abs(decibels) < 6);
    return {
      ...cell,
      milliseconds: sum(parts),
      parts,
      rounds: times.map(sum),
      frames: result.frames,
      rms: result.rms,
      decibels,
      notes,
      wrong,
    };
  });
}

const sum = (values) => values.reduce((total, value) => total + value, 0);
