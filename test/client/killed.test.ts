// Services in processes of their own that are killed in the middle: no request is lost.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EncodeClient } from '../../dist/client/index.js';
import { decode, type Tensor } from '../../dist/index.js';
import { AudioTower } from '../../dist/tower/index.js';
import { slowness } from '../safe/outcome.js';
import { fixtures, towerFolder } from '../tower/reference.js';
import { Peer } from '../transfer/peer.js';

const script = '../client/service-apart.mjs';
const tower = towerFolder('qwen2-audio');
const speech = readFileSync(join(fixtures, 'speech/speech.flac'));
/** Seconds at which clips end: they differ in their tokens. */
const ends = [0.3, 0.6, 0.9, 1.2];
const requests = 200;

/** What the tower makes of each clip alone, in this process; towers.test.ts compares it with PyTorch. */
async function expectedTensors(): Promise<readonly Tensor[]> {
  const here = await AudioTower.load(tower, { provider: 'cpu' });
  const tensors: Tensor[] = [];
  for (const end of ends) {
    const audio = await decode(speech, { sampleRate: 16_000, channels: 1, end });
    tensors.push((await here.embed(audio)).audioFeatures);
  }
  await here.close();
  return tensors;
}

test(
  '200 requests and more to two services, of which each is killed once and comes back: all are answered, each by its own tensors',
  async () => {
    const expected = await expectedTensors();
    const peers = await Promise.all([0, 1].map(() => started(0)));
    await using client = new EncodeClient({
      addresses: peers.map(({ address }) => address),
      timeout: 60_000 * slowness,
      retries: 100,
    });
    const answers: string[] = [];
    /** Requests at a service when it was killed. */
    const underWay: number[] = [];
    let next = 0;
    let killed = false;
    const lane = async (): Promise<void> => {
      while (next < requests || !killed) {
        const number = next++;
        const items = [0, 1, 2].map((i) => ({ bytes: speech, options: { end: ends[(number + i) % ends.length] } }));
        const received = await client.embed({ items });
        for (const [i, clip] of received.entries()) {
          if ('error' in clip) answers.push(clip.error.code);
          else answers.push(matches(clip.tensor, expected[(number + i) % ends.length]) ? 'right' : 'wrong');
        }
      }
    };
    /** Kills a service while requests are under way at it, and starts it anew at the same port. */
    const revive = async (index: number, after: number): Promise<void> => {
      const peer = peers[index] as (typeof peers)[number];
      await expect.poll(() => answers.length, { timeout: 60_000 * slowness, interval: 2 }).toBeGreaterThan(after * 3);
      const asked = () => client.stats[index]?.requests ?? 0;
      await expect.poll(asked, { timeout: 60_000 * slowness, interval: 1 }).toBeGreaterThan(0);
      underWay.push(client.stats[index]?.requests ?? 0);
      await peer.process.kill();
      peers[index] = await started(Number(new URL(peer.address).port));
    };
    const killing = revive(0, 30)
      .then(() => revive(1, 60))
      .finally(() => {
        killed = true;
      });
    await Promise.all([...Array.from({ length: 12 }, lane), killing]);
    const count = (end: string): number => answers.filter((each) => each === end).length;
    console.log({ right: count('right'), wrong: count('wrong'), underWay });
    expect(new Set(answers)).toEqual(new Set(['right']));
    expect(answers.length).toBe(next * 3);
    expect(next).toBeGreaterThanOrEqual(requests);
    expect(Math.min(...underWay)).toBeGreaterThan(0);
    expect(client.stats.map((each) => each.requests)).toEqual([0, 0]);
    for (const { process } of peers) await process.kill();
  },
  300_000 * slowness,
);

async function started(port: number): Promise<{ readonly process: Peer; readonly address: string }> {
  const process = await Peer.start(script, { tower, port });
  const { address } = await process.line();
  return { process, address };
}

/** Batches of other sizes may round differently in the last bits. */
function matches(tensor: Tensor, expected: Tensor | undefined): boolean {
  if (expected === undefined || String(tensor.shape) !== String(expected.shape)) return false;
  const [actual, wanted] = [tensor.data as Float32Array, expected.data as Float32Array];
  return wanted.every((value, i) => Math.abs(value - (actual[i] as number)) < 1e-5);
}
