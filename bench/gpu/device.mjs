/** The GPU that is measured, and what drives it. */
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../package.json', import.meta.url));

export function gpu() {
  const { version } = require('onnxruntime-node/package.json');
  try {
    const query = ['--query-gpu=name,driver_version,memory.total', '--format=csv,noheader'];
    const [name, driver, memory] = execFileSync('nvidia-smi', query, { encoding: 'utf8' }).split('\n')[0].split(', ');
    return { name, driver, memory, onnxruntime: version };
  } catch {
    return { name: 'no NVIDIA GPU', driver: '–', memory: '–', onnxruntime: version };
  }
}
