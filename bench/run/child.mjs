/**
 * One contender in a process of its own, where a crash or a hang harms nobody else. It loads the
 * library, keeps one file's bytes in memory, and lets a question's `inside` run the clock here, so
 * that no message passing is timed. Started by `field.mjs`; speaks Node's IPC.
 */
import { readFileSync } from 'node:fs';

const [, , module, options] = process.argv;

/** @type {import('../contenders/contender.mjs').Contender} */
let contender;
/** @type {{bytes: Uint8Array, path: string} | undefined} */
let file;

const verbs = {
  async load() {
    const start = performance.now();
    const { load } = await import(`../contenders/${module}.mjs`);
    contender = await load(JSON.parse(options ?? '{}')).catch((error) => {
      const missing = error.code === 'ERR_MODULE_NOT_FOUND';
      throw missing
        ? new Error(
            `not installed (${module === 'cochlea' ? 'npm run build' : 'npm ci --prefix bench --ignore-scripts'})`,
          )
        : error;
    });
    return { version: contender.version, milliseconds: performance.now() - start };
  },
  async open({ path }) {
    const read = readFileSync(path);
    // An ArrayBuffer of its own: Buffer's pool is shared, and some APIs take nothing else.
    const bytes = new Uint8Array(read.length);
    bytes.set(read);
    file = { bytes, path };
  },
  async ask({ question, args }) {
    if (!file) throw new Error('no file is open');
    const { inside } = await import(`../questions/${question}.mjs`);
    globalThis.gc?.();
    return inside({ ...contender, ...file }, args);
  },
};

process.on('disconnect', () => process.exit());
process.on('message', async ({ id, verb, args }) => {
  try {
    process.send?.({ id, value: await verbs[verb](args) });
  } catch (error) {
    process.send?.({ id, error: error instanceof Error ? error.message : String(error) });
  }
});
