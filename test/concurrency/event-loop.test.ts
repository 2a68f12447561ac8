import { lookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { expect, test } from 'vitest';
import { decode } from '../../dist/index.js';
import { native } from '../../dist/native/binding.js';
import { slowness } from '../safe/outcome.js';
import { longWav, sleep, slowOptions, until } from './long-audio.js';

test('stays responsive while eight decodes run, and so do the threads of fs and dns', async () => {
  const controller = new AbortController();
  const calls = Array.from({ length: 8 }, () =>
    decode(longWav, { ...slowOptions, signal: controller.signal }).catch(() => {}),
  );
  await until(() => native.load().running === native.load().threads);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const started = performance.now();
  for (let i = 0; i < 20; i++) {
    await readFile(new URL(import.meta.url));
    await lookup('127.0.0.1');
    await sleep(5);
  }
  const elapsed = performance.now() - started;
  delay.disable();
  expect(native.load().running).toBe(native.load().threads);
  controller.abort();
  await Promise.all(calls);
  // Half of all turns; the worst one is the machine's to decide.
  expect(delay.percentile(50) / 1e6).toBeLessThan(20 * slowness);
  expect(elapsed).toBeLessThan(1000 * slowness);
});

test('a header that asks for a large result does not stall the event loop', async () => {
  // 65535 channels took a peer ten seconds on the event loop.
  const bytes = longWav.slice(0, 4_000_000);
  new DataView(bytes.buffer).setUint16(22, 65_535, true);
  let turns = 0;
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    turns++;
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 1);
  await decode(bytes, { channels: 'native' }).catch((error) => expect(error.code).toMatch(/^ERR_AUDIO_/));
  await sleep(20);
  clearInterval(timer);
  expect(turns).toBeGreaterThan(0);
  expect(longest).toBeLessThan(200 * slowness);
});
