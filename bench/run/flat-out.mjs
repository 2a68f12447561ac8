/** How long something takes when it is done again and again: milliseconds, median of three times at least. */
import { median } from '../report/statistics.mjs';

const LEAST = 3;

/** @param {() => Promise<unknown>} work @param {number} seconds */
export async function flatOut(work, seconds) {
  const times = [];
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end || times.length < LEAST) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return median(times);
}
