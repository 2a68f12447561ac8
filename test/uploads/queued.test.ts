import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { AudioDecoder } from '../../dist/index.js';
import { AudioLoader } from '../../dist/load/index.js';
import { runScript } from '../concurrency/child.js';
import { sleep } from '../concurrency/long-audio.js';
import { errorOf } from '../safe/outcome.js';

/** Streams that fail before their turn has come: an `error` that nobody listens for ends the process. */

const loadUrl = new URL('../../dist/load/index.js', import.meta.url).href;
const gone = () => createReadStream('/nope');
const failed = { code: 'ERR_AUDIO_SOURCE', cause: { code: 'ENOENT' } };

test('an upload that fails while it waits for a place is an error of its load', async () => {
  await using loader = new AudioLoader({ concurrency: { downloads: 1 } });
  const first = errorOf(loader.load(new Readable({ read() {} }), { timeout: 100 }));
  const second = errorOf(loader.load(gone()));
  expect(await first).toMatchObject({ limit: 'timeout' });
  expect(await second).toMatchObject(failed);
});

test('so are those of a list, and of a batch, each its own', async () => {
  await using loader = new AudioLoader({ concurrency: { downloads: 1, decodes: 1, queue: 0 } });
  const silent = () => new Readable({ read() {} });
  const options = { timeout: 100 };
  const loaded = await loader.loadAll([silent(), gone(), gone()], options);
  const decoded = await new AudioDecoder().decodeAll([silent(), gone(), gone()], { ...options, concurrency: 1 });
  for (const outcomes of [loaded, decoded]) {
    expect(outcomes).toMatchObject([{ reason: { limit: 'timeout' } }, { reason: failed }, { reason: failed }]);
  }
});

test('a source that waits for room in a batch', async () => {
  const outcomes = await new AudioDecoder().decodeAll([() => new Readable({ read() {} }), gone, gone], {
    timeout: 100,
    maxBytes: 1,
  });
  expect(outcomes).toMatchObject([{ reason: { limit: 'timeout' } }, { reason: failed }, { reason: failed }]);
});

test('a stream that is not read yet', async () => {
  const decoder = new AudioDecoder();
  const [stream, windows] = [decoder.stream(gone()), decoder.windows(gone(), { seconds: 1 })];
  await sleep(50);
  expect(await errorOf(stream[Symbol.asyncIterator]().next())).toMatchObject(failed);
  expect(await errorOf(windows.next())).toMatchObject(failed);
});

test('none of them ends the process', async () => {
  const run = await runScript(`
    import { createReadStream } from 'node:fs';
    import { Readable } from 'node:stream';
    import { AudioLoader } from '${loadUrl}';
    const loader = new AudioLoader({ concurrency: { downloads: 1 } });
    const gone = () => createReadStream('/nope');
    const silent = () => new Readable({ read() {} });
    const calls = [loader.load(silent(), { timeout: 200 }), loader.load(gone()), new AudioDecoder().stream(gone()),
      new AudioDecoder().decodeAll([silent(), gone()], { concurrency: 1, timeout: 200 }),
      cochlea.encodeStream(gone(), { format: 'wav' })];
    await sleep(100);
    await Promise.allSettled(calls);
    console.log('alive');`);
  expect(run).toMatchObject({ code: 0, stdout: 'alive\n', stderr: '' });
});
