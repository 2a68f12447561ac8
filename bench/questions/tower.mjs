/**
 * What does a tower cost on the processor? Two of the 32 layers of Qwen2-Audio at full width with random weights,
 * beside PyTorch; how late timers are meanwhile; and whether memory stays flat over 500 runs (of a narrow tower).
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { pytorch } from '../gpu/pytorch.mjs';
import { exported } from '../gpu/towers.mjs';
import { benchNode, python } from '../run/interpreters.mjs';

const run = promisify(execFile);
const BATCHES = [1, 2];
const script = fileURLToPath(new URL('../run/tower-child.mjs', import.meta.url));

/** @param {{quick: boolean, progress: (text: string) => void}} run */
export async function measure({ quick, progress }) {
  const seconds = quick ? 5 : 20;
  const folder = await exported('two', python(), progress);
  const beside = await pytorch(python(), { batches: BATCHES, seconds, size: 'two', device: 'cpu', say: progress });
  const rows = [];
  for (const precision of ['fp32', 'int8']) {
    for (const batch of BATCHES) {
      progress(`tower: ${precision}, ${batch} at a time`);
      const measured = await child({ folder, precision, batch, seconds });
      const torch = precision === 'fp32' ? beside.rows?.find((row) => row.batch === batch)?.milliseconds : undefined;
      rows.push({ contender: 'cochlea', precision, batch, ...measured, pytorch: torch });
    }
  }
  progress('tower: 500 runs');
  return { layers: rows, failed: beside.failed, resident: await child({ steady: quick ? 50 : 500 }) };
}

async function child(question) {
  const { stdout } = await run(benchNode(), ['--expose-gc', script, JSON.stringify(question)]);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}
