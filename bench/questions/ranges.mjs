/**
 * Ten seconds at the end of two hours, → 16 kHz mono: from a path, as the first range of an open source, and as a
 * later one. The two hours are twelve copies of the ten-minute files (FLAC and AAC are encoded again); librosa's
 * `load(offset, duration)` beside it, where this Python has librosa.
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
// Joined FLAC would count its frames anew in each copy, and joined AAC repeat its encoder's delay.
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

async function librosaTime(path, rounds) {
  try {
    const { stdout } = await run(python(), ['-c', librosa(path, rounds)]);
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
      const source = files[file].path;
      const codec = CODECS[file] ?? ['-c', 'copy'];
      await run('ffmpeg', ['-v', 'error', '-nostdin', '-stream_loop', '11', '-i', source, ...codec, path]);
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
      const beside = file.endsWith('.m4a') ? undefined : await librosaTime(path, quick ? 1 : 3);
      rows.push({ ...row, path: fromPath, first, later, librosa: beside });
      rmSync(path);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return rows;
}
