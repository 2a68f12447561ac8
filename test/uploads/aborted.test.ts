import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { memorySlack, runNode } from '../safe/outcome.js';

const script = fileURLToPath(new URL('aborted-apart.mjs', import.meta.url));

/** `Duplex.from` and async generators left a thread asleep for each of them, for ever, in Node 20 and 22. */
test.each(['transform', 'stream', 'load'])(
  '200 uploads that are broken off while %s reads them leave nothing behind',
  async (kind) => {
    const run = await runNode(['--expose-gc', script, kind, '200']);
    // It ends by itself: nothing that is left holds the process.
    expect(run, run.stderr).toMatchObject({ code: 0, signal: null });
    const { before, after, settled, codes } = JSON.parse(run.stdout);
    expect(settled).toBe(220);
    expect(codes).toEqual([kind === 'transform' ? 'ECONNRESET' : 'ERR_AUDIO_SOURCE']);
    expect(after).toMatchObject({ stalled: 0, running: 0 });
    // The pool keeps a thread for each that slept at the same time: some, but not one for each upload.
    expect(after.threads).toBeLessThan(before.threads + 6);
    expect(after.handles).toBeLessThan(before.handles + 4);
    expect(after.files).toBeLessThan(before.files + 4);
    // A server that only reads uploads and drops them grows by 20 MB here, until the collector has settled.
    expect(after.rss - before.rss).toBeLessThan(60e6 * memorySlack);
  },
);
