/**
 * What does a log-mel cost? One clip of 30 and of 3 seconds, padded to 30 as models take it, beside transformers.js and
 * transformers; and how far the results are from those of transformers.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decode } from '../../dist/index.js';
import { median } from '../report/statistics.mjs';
import { Answering } from '../run/answering.mjs';
import { benchNode, python } from '../run/interpreters.mjs';

const RATE = 16_000;
const CLIPS = [30, 3];
const ROUNDS = 31;
const script = (name) => fileURLToPath(new URL(`../run/${name}`, import.meta.url));
// As many threads as one clip has: one.
const alone = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };

/** @param {{files: Record<string, any>, quick: boolean, progress: (text: string) => void}} run */
export async function measure({ files, quick, progress }) {
  const folder = mkdtempSync(join(tmpdir(), 'cochlea-bench-'));
  const audio = join(folder, 'audio.f32');
  const { data } = await decode(files['half-minute.mp3'].path, { sampleRate: RATE });
  writeFileSync(audio, data.subarray(0, 30 * RATE));
  const node = (name, ...args) => new Answering(benchNode(), [script(name), ...args, audio]);
  const field = {
    'cochlea, native': node('features-child.mjs', 'native'),
    'cochlea, graph on the CPU': node('features-child.mjs', 'cpu'),
    'transformers.js': node('../models/transformers-js-child.mjs'),
    'transformers, numpy': new Answering(python(), [script('transformers_child.py'), audio, 'numpy'], alone),
    'transformers, torch': new Answering(python(), [script('transformers_child.py'), audio, 'torch'], alone),
  };
  try {
    const rows = [];
    for (const seconds of CLIPS) {
      const work = { samples: seconds * RATE };
      const times = await rounds(field, work, quick ? 3 : ROUNDS, (name) =>
        progress(`features: ${seconds} s, ${name}`),
      );
      const results = await outputs(field, work, folder);
      for (const name of Object.keys(field))
        rows.push({ contender: name, seconds, ...row(times[name], results, name) });
    }
    return rows;
  } finally {
    await Promise.all(Object.values(field).map((each) => each.close()));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A B C, A B C, …: a machine that slows down slows down for all. The first round is for warming up. */
async function rounds(field, work, count, progress) {
  const times = Object.fromEntries(Object.keys(field).map((name) => [name, /** @type {any} */ ([])]));
  for (let round = 0; round <= count; round++) {
    for (const [name, contender] of Object.entries(field)) {
      if (times[name].failed !== undefined) continue;
      progress(name);
      try {
        const { milliseconds } = await contender.ask(work);
        if (round > 0) times[name].push(milliseconds);
      } catch (error) {
        times[name] = { failed: /** @type {Error} */ (error).message };
      }
    }
  }
  return times;
}

async function outputs(field, work, folder) {
  const results = {};
  for (const [name, contender] of Object.entries(field)) {
    const output = join(folder, 'features.f32');
    try {
      await contender.ask({ ...work, output });
      results[name] = new Float32Array(new Uint8Array(readFileSync(output)).buffer);
    } catch {
      // Its row says why.
    }
  }
  return results;
}

function row(times, results, name) {
  if (times.failed !== undefined) return times;
  const reference = results['transformers, numpy'];
  const difference = reference && results[name]?.reduce((most, x, i) => Math.max(most, Math.abs(x - reference[i])), 0);
  return { milliseconds: median(times), difference };
}
