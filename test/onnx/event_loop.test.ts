import { monitorEventLoopDelay } from 'node:perf_hooks';
import { expect, test } from 'vitest';
import { OnnxSession } from '../../dist/onnx/index.js';
import { slowness } from '../safe/outcome.js';
import { slow } from './models.mjs';
import { rows } from './tensors.js';

test('the event loop goes on while a model is loaded and runs on all cores', async () => {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const started = performance.now();
  await using session = await OnnxSession.open(slow(50), { provider: 'cpu' });
  while (performance.now() - started < 2000) await session.run({ x: rows() });
  delay.disable();
  // Loading and a run take hundreds of milliseconds each.
  expect(delay.percentile(50) / 1e6).toBeLessThan(2 * slowness);
  expect(delay.percentile(99) / 1e6).toBeLessThan(10 * slowness);
});
