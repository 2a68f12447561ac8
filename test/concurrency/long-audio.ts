import { silentWav } from '../safe/sounds.js';

/** Work of some seconds for one thread: half an hour of 16 kHz, resampled up at the highest quality. */
export const longWav = silentWav(1800, 16_000);
export const slowOptions = { sampleRate: 48_000, quality: 'VHQ' } as const;

export const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Waits until `holds` does, looking every millisecond; the milliseconds that took. */
export async function until(holds: () => boolean, atMost = 10_000): Promise<number> {
  const started = performance.now();
  while (!holds()) {
    if (performance.now() - started > atMost) throw new Error(`after ${atMost} ms it still does not hold: ${holds}`);
    await sleep(1);
  }
  return performance.now() - started;
}
