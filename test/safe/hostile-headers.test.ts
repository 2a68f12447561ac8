import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { beforeAll, describe, expect, test } from 'vitest';
import { decode, probe } from '../../dist/index.js';
import { fixture } from './hostile/bytes.js';
import { type HostileHeader, hostileHeaders, onePacketPerByte } from './hostile/index.js';
import { errorOf, memorySlack, runNode, slowness } from './outcome.js';

/**
 * Opening costs time and memory in proportion to the bytes: the worst header of a megabyte costs at most four times
 * what an honest file of that size takes to decode, in the same process.
 */

const megabyte = 1_000_000;
/** What a process takes for itself, beside what it decodes. */
const ownBytes = 16 * megabyte;
/** A minute and a half of MP3. */
const honest = (): Buffer => {
  const file = fixture('mpeg-mp3-untagged.mp3');
  return Buffer.alloc(Math.ceil(megabyte / file.length) * file.length, file);
};

interface Cost {
  readonly milliseconds: number;
  readonly grownBytes: number;
  readonly outcome: string;
}

interface Costs {
  readonly probe: Cost;
  readonly decode: Cost;
}

function dearest(a: Cost, b: Cost): Cost {
  return {
    milliseconds: Math.max(a.milliseconds, b.milliseconds),
    grownBytes: Math.max(a.grownBytes, b.grownBytes),
    outcome: a.outcome,
  };
}

describe('a hostile header of a megabyte costs at most four times an honest file', () => {
  const costs = new Map<string, Costs>();
  let reference: Costs;
  let byPacket: Costs;

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cochlea-test-'));
    // The honest file first and last: the machine may be busier by then.
    const hostile = hostileHeaders.map(({ make }) => make(megabyte));
    const made = [honest(), onePacketPerByte(megabyte), ...hostile, honest()];
    const paths = made.map((bytes, i) => {
      const path = join(folder, String(i));
      writeFileSync(path, bytes);
      return path;
    });
    const run = await runNode([fileURLToPath(new URL('hostile-apart.mjs', import.meta.url)), ...paths]);
    rmSync(folder, { recursive: true });
    if (run.code !== 0) throw new Error(`the process ended: code ${run.code}, signal ${run.signal}\n${run.stderr}`);
    const results = JSON.parse(run.stdout) as Costs[];
    const [first, packets, last] = [results[0], results[1], results.at(-1)] as [Costs, Costs, Costs];
    reference = { probe: dearest(first.probe, last.probe), decode: dearest(first.decode, last.decode) };
    byPacket = packets;
    for (const [i, { name }] of hostileHeaders.entries()) costs.set(name, results[i + 2] as Costs);
  }, 60_000 * slowness);

  test.each(hostileHeaders.map(({ name, ofPackets }) => [name, ofPackets ?? false] as const))(
    '%s',
    (name, ofPackets) => {
      const { probe, decode } = costs.get(name) as Costs;
      // Where packets are of no byte, or of one, the honest file's are of one byte as well.
      const honest = (ofPackets ? byPacket : reference).decode.milliseconds;
      const told = JSON.stringify({ probe, decode, honest });
      expect(probe.milliseconds, told).toBeLessThan(4 * honest);
      expect(decode.milliseconds, told).toBeLessThan(4 * honest);
      const bytes = memorySlack * (4 * reference.decode.grownBytes + ownBytes);
      expect(probe.grownBytes, told).toBeLessThan(bytes);
      expect(decode.grownBytes, told).toBeLessThan(bytes);
      for (const { outcome } of [probe, decode]) expect(outcome).not.toMatch(/ERR_AUDIO_INTERNAL/);
    },
  );
});

describe('nothing keeps a request from being ended', () => {
  /** So long that opening alone takes longer than an answer may. */
  const size = 24 * megabyte;
  const allowed = 100 + 100 * slowness;
  const slow = hostileHeaders.filter(({ grows }) => grows).map(({ name, make }) => [name, make] as const);

  test.each(slow)('%s: by a timeout', async (_, make) => {
    const bytes = make(size);
    for (const request of [probe, decode]) {
      const started = performance.now();
      await request(bytes, { timeout: 20 }).catch(() => {});
      expect(performance.now() - started).toBeLessThan(20 + allowed);
    }
  });

  test.each(slow)('%s: by a signal', async (_, make) => {
    const bytes = make(size);
    const controller = new AbortController();
    const ended = errorOf(decode(bytes, { signal: controller.signal })).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 20));
    const started = performance.now();
    controller.abort();
    await ended;
    expect(performance.now() - started).toBeLessThan(allowed);
  });
});

test('a worker that opens one ends at once', async () => {
  const { name, make } = hostileHeaders.find(({ name }) => name.includes('edits that each use all')) as HostileHeader;
  const bytes = make(24 * megabyte);
  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    import(workerData.dist).then(({ decode }) => {
      decode(workerData.bytes).catch(() => {});
      parentPort.postMessage('started');
    });`;
  const dist = new URL('../../dist/index.js', import.meta.url).href;
  const worker = new Worker(code, { eval: true, workerData: { dist, bytes } });
  await new Promise((resolve) => worker.once('message', resolve));
  await new Promise((resolve) => setTimeout(resolve, 20));
  const started = performance.now();
  await worker.terminate();
  expect(performance.now() - started, name).toBeLessThan(100 + 100 * slowness);
});
