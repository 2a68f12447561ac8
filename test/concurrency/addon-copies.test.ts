import { expect, test } from 'vitest';
import { addonFile, runScript } from './child.js';

/** Two packages may each bring their own copy of the addon: they share a process, but no handle. */

test('two copies decode side by side, and refuse the handles of each other', async () => {
  const run = await runScript(`
    import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
    import { createRequire } from 'node:module';
    import { tmpdir } from 'node:os';
    import { join } from 'node:path';

    const folder = mkdtempSync(join(tmpdir(), 'cochlea-test-'));
    const copy = join(folder, 'copy.node');
    copyFileSync(${JSON.stringify(addonFile)}, copy);
    const other = createRequire(import.meta.url)(copy);
    if (other.decode === native.decode) throw new Error('one copy was loaded twice');

    const limits = { inputBytes: Infinity, seconds: Infinity, decodedBytes: Infinity, channels: 64, streams: 64, minSampleRate: 1, maxSampleRate: 1e6 };
    const options = { sampleRate: 8000, channels: 1, downmix: 0, quality: 3, stream: -1, onDamage: 0, nonFinite: 0, tail: 0, parallel: 0, start: 0, end: Infinity, limits };
    const results = await Promise.all([native, other, native, other].map((addon) => addon.decode(tone, options, new addon.Cancellation())));
    const first = Buffer.from(results[0].data.slice().buffer);
    const same = results.every(({ data }) => Buffer.from(data.slice().buffer).equals(first));

    const refusals = [];
    for (const [addon, foreign] of [[native, other], [other, native]]) {
      for (const handle of [new foreign.Cancellation(), {}, null, Object.create(addon.Cancellation.prototype)]) {
        try {
          addon.decode(tone, options, handle);
          refusals.push('taken');
        } catch (error) {
          refusals.push(error.name);
        }
      }
    }
    // A method of one copy on a handle of the other.
    try {
      native.Cancellation.prototype.cancel.call(new other.Cancellation());
      refusals.push('taken');
    } catch (error) {
      refusals.push(error.name);
    }
    rmSync(folder, { recursive: true });
    console.log(JSON.stringify({ frames: results[0].frames, same, refusals }));
  `);
  expect(run, run.stderr).toMatchObject({ code: 0, signal: null });
  expect(JSON.parse(run.stdout)).toEqual({ frames: 8000, same: true, refusals: Array(9).fill('TypeError') });
});
