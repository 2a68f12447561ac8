import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Run, runNode } from '../safe/outcome.js';

/**
 * Runs a script in a process of its own. It finds `OnnxSession`; a `slow` model, whose run on `rows()` takes a second
 * or more, and one that is `quick` on `few()`; `sleep`, and `now`, which prints when the end begins.
 */
export async function runScript(script: string, flags: readonly string[] = []): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'cochlea-test-'));
  try {
    const file = join(folder, 'script.mjs');
    writeFileSync(file, `${preamble}\n${script}`);
    return await runNode([...flags, file]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const preamble = `
import { OnnxSession } from '${new URL('../../dist/onnx/index.js', import.meta.url).href}';
import * as models from '${new URL('models.mjs', import.meta.url).href}';
const cpu = { provider: 'cpu' };
const slow = models.slow(200);
const quick = models.identity();
const rows = () => ({ x: { data: new Float32Array(128 * 1024).fill(1), shape: [128, 1024], dtype: 'float32' } });
const few = (value = 1) => ({ x: { data: Float32Array.of(value), shape: [1], dtype: 'float32' } });
const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const now = () => console.log('now');
`;
