/** PyTorch beside it, where this Python has it. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { flagsOf } from './towers.mjs';

const run = promisify(execFile);

/**
 * @param {string} python
 * @param {{batches: number[], seconds: number, size: keyof typeof import('./towers.mjs').sizes, device: string, say: (text: string) => void}} what
 * @returns {Promise<any>} `rows` by batch and versions, or `failed`
 */
export async function pytorch(python, { batches, seconds, size, device, say }) {
  say('PyTorch');
  const words = ['--batches', `${batches}`, '--seconds', `${seconds}`, '--device', device];
  try {
    const script = fileURLToPath(new URL('pytorch.py', import.meta.url));
    const { stdout } = await run(python, [script, ...words, ...flagsOf(size)]);
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  } catch (error) {
    return {
      failed: String(/** @type {any} */ (error).stderr || error)
        .trim()
        .split('\n')
        .at(-1),
    };
  }
}
