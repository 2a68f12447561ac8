/**
 * Ten seconds at the end of two hours, → 16 kHz mono: from a path, as the first range of an open source, and as a
 * later one. The two hours are twelve copies of the ten-minute files (FLAC and AAC are encoded again); librosa's
 * `load(offset, duration)` and torchcodec's `get_samples_played_in_range` beside it, where this Python has them.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AudioDecoder, AudioSource } from '../../dist/index.js';
import { median } from '../report/statistics.mjs';
import { python } from '../run/interpreters.mjs';

const run = promisify(execFile);
const FILES = ['long.wav', 'long.flac', 'long.nopns.m4a', 'long.mp3'];
// Encoded from WAV: joined FLAC would count its frames anew in each copy, and joined AAC repeat its encoder's delay.
const CODECS = {
  'long.flac': ['-c:a', 'flac', '-compression_level', '0'],
  'long.nopns.m4a': ['-c:a', 'aac', '-aac_pns', '0', '-b:a', '128k'],
};
const RANGE = { start: 7185, end: 7195 };
const ROUNDS = 7;

const librosa = (path, rounds) => `
import time, warnings
warnings.simplefilter("ignore")
import librosa
librosa.load(${JSON.stringify(path)}, sr=16000, offset=1, duration=1)
for _ in range(${rounds}):
    start = time.perf_counter()
    librosa.load(${JSON.stringify(path)}, sr=16000, offset=${RANGE.start}, duration=${RANGE.end - RANGE.start})
    print((time.perf_counter() - start) * 1000)
`;

/** Its decoder is one that stays open: made anew each time, or asked a second time. */
const torchcodec = (path, rounds, later) => `
import time
from torchcodec.decoders import AudioDecoder
for _ in range(${rounds}):
    start = time.perf_counter()
    decoder = AudioDecoder(${JSON.stringify(path)}, sample_rate=16000, num_channels=1)
    decoder.get_samples_played_in_range(${RANGE.start}, ${RANGE.end})
    between = time.perf_counter()
    decoder.get_samples_played_in_range(${RANGE.start}, ${RANGE.end})
    print((time.perf_counter() - between if ${later ? 'True' : 'False'} else between - start) * 1000)
`;

/** Milliseconds that a Python program prints; `undefined` where this Python lacks what it imports. */
async function pythonTime(program) {
  try {
    const { stdout } = await run(python(), ['-c', program]);
    return median(stdout.trim().split('\n').map(Number));
  } catch {
    return undefined;
  }
}

/** @param {() => Promise<unknown>} call */
async function time(call) {
  const start = performance.now();
  await call();
  return performance.now() - start;
}

/** @param {{files: Record<string, any>, quick: boolean, progress: (text: string) => void}} run */
export async function measure({ files, quick, progress }) {
  const limits = { inputBytes: Number.POSITIVE_INFINITY, seconds: Number.POSITIVE_INFINITY };
  const decoder = new AudioDecoder({ sampleRate: 16_000, limits });
  const folder = mkdtempSync(join(tmpdir(), 'cochlea-bench-'));
  const rounds = quick ? 1 : ROUNDS;
  const rows = [];
  try {
    for (const file of FILES) {
      progress(`ranges: ${file}`);
      const path = join(folder, file);
      const codec = CODECS[file];
      const source = files[codec ? 'long.wav' : file].path;
      await run('ffmpeg', [
        '-v',
        'error',
        '-nostdin',
        '-stream_loop',
        '11',
        '-i',
        source,
        ...(codec ?? ['-c', 'copy']),
        path,
      ]);
      const row = { contender: 'cochlea', file, path: [], first: [], later: [] };
      await decoder.decode(path, RANGE);
      for (let round = 0; round < rounds; round++) {
        row.path.push(await time(() => decoder.decode(path, RANGE)));
        const open = AudioSource.open(path);
        row.first.push(await time(() => decoder.decode(open, RANGE)));
        row.later.push(await time(() => decoder.decode(open, RANGE)));
        open.close();
      }
      const [fromPath, first, later] = [row.path, row.first, row.later].map(median);
      // librosa has M4A decoded whole by an ffmpeg process: minutes.
      const few = quick ? 1 : 3;
      const beside = {
        librosa: file.endsWith('.m4a') ? undefined : await pythonTime(librosa(path, few)),
        torchcodec: await pythonTime(torchcodec(path, few, false)),
        torchcodecLater: await pythonTime(torchcodec(path, few, true)),
      };
      rows.push({ ...row, path: fromPath, first, later, ...beside });
      rmSync(path);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return rows;
}
