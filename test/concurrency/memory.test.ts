import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { memorySlack } from '../safe/outcome.js';
import { runScript } from './child.js';

/** What is referenced stays, what is not goes: measured in processes of their own. */

const rss = `
import { readFileSync } from 'node:fs';
const rss = () => 1024 * Number(/VmRSS:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
`;

test('a source that nobody else holds stays until its decode is done', async () => {
  const run = await runScript(
    `
    const expected = Buffer.from((await decode(tone, { sampleRate: 48000 })).data.slice().buffer);
    let wrong = 0;
    for (let round = 0; round < 60; round++) {
      // Nothing but the call holds the copy.
      const calls = Array.from({ length: 8 }, () => decode(tone.slice(), { sampleRate: 48000 }));
      for (let i = 0; i < 4; i++) {
        gc();
        // Fresh memory, where freed memory would be handed out again and overwritten.
        new Uint8Array(tone.byteLength).fill(0xaa);
        await sleep(0);
      }
      for (const { data } of await Promise.all(calls)) if (!Buffer.from(data.slice().buffer).equals(expected)) wrong++;
    }
    console.log(wrong);`,
    ['--expose-gc'],
  );
  expect(run, run.stderr).toMatchObject({ code: 0, signal: null, stdout: '0\n' });
});

test('a result that only its view holds stays', async () => {
  const run = await runScript(
    `
    const expected = Buffer.from((await decode(tone)).data.slice().buffer);
    const views = [];
    for (let i = 0; i < 200; i++) {
      views.push((await decode(tone)).data);
      if (i % 20 === 0) gc();
    }
    gc();
    console.log(views.filter((view) => !Buffer.from(view.slice().buffer).equals(expected)).length);`,
    ['--expose-gc'],
  );
  expect(run, run.stderr).toMatchObject({ code: 0, signal: null, stdout: '0\n' });
});

describe('memory does not grow', () => {
  async function growth(body: string): Promise<number> {
    const run = await runScript(
      `${rss}
      const round = async () => { ${body} };
      for (let i = 0; i < 300; i++) await round();
      gc();
      await sleep(50);
      const before = rss();
      for (let i = 0; i < 2000; i++) {
        await round();
        if (i % 100 === 0) gc();
      }
      gc();
      await sleep(50);
      gc();
      console.log(rss() - before);`,
      ['--expose-gc'],
    );
    expect(run, run.stderr).toMatchObject({ code: 0, signal: null });
    return Number(run.stdout);
  }

  // A decode takes 64 kB to read into and makes 176 kB: losing all of either would be 130 MB or more. The
  // arenas of malloc, one for each thread, come and go in steps of 20 MB.
  const atMost = 45e6 * memorySlack;

  test('over 2000 decodes', async () => {
    expect(await growth('await decode(tone, { sampleRate: 44100 });')).toBeLessThan(atMost);
  });

  test('over 2000 failures', async () => {
    expect(await growth("await decode(tone.subarray(0, 20000), { onDamage: 'error' }).catch(() => {});")).toBeLessThan(
      atMost,
    );
  });

  test('over 2000 aborted decodes', async () => {
    const body = `
      const controller = new AbortController();
      const call = decode(tone, { sampleRate: 44100, signal: controller.signal }).catch(() => {});
      await Promise.resolve();
      controller.abort();
      await call;`;
    expect(await growth(body)).toBeLessThan(atMost);
  });

  // Each keeps a container, of 85 kB.
  test.each([
    ['closed', 'source.close();'],
    [
      'closed while they are read',
      'const running = decode(source, { start: 2, end: 2.1 }); source.close(); await running;',
    ],
    ['dropped', ''],
  ])('over 2000 open sources that are %s', async (_, end) => {
    const path = fileURLToPath(new URL('../fixtures/ranges/alac.m4a', import.meta.url));
    const body = `
      const source = cochlea.AudioSource.open(${JSON.stringify(path)});
      await decode(source, { start: 3, end: 3.1 });
      ${end}`;
    expect(await growth(body)).toBeLessThan(atMost);
  });
});

test('results above 8 MB without a stated length are freed as well', async () => {
  const run = await runScript(
    `${rss}
    // A length of 2^32 - 1 means that nobody knew it: 44 MB of float each.
    const live = long.slice(0, 44 + 22_000_000);
    new DataView(live.buffer).setUint32(40, 0xffffffff, true);
    const { transferable, data } = await decode(live);
    if (data.length !== 11_000_000) throw new Error('wrong length');
    let most = 0;
    for (let i = 0; i < 30; i++) {
      await decode(live);
      // Finalizers of external memory run between turns of the event loop.
      gc();
      await sleep(1);
      most = Math.max(most, rss());
    }
    console.log(JSON.stringify({ transferable, most }));`,
    ['--expose-gc'],
  );
  expect(run, run.stderr).toMatchObject({ code: 0, signal: null });
  // Thirty of them at once would be 1.3 GB.
  expect((JSON.parse(run.stdout) as { most: number }).most).toBeLessThan(700e6 * memorySlack);
});
