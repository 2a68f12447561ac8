/** From `cochlea serve` to the first 200 of /health/ready, without a model. */
import { median } from '../report/statistics.mjs';
import { freePort, Service } from './service.mjs';

export async function startTimes({ quick, progress }) {
  const times = [];
  for (let i = 0; i < (quick ? 3 : 10); i++) {
    progress(`serve: start ${i + 1}`);
    const port = await freePort();
    const start = performance.now();
    const service = new Service(port, []);
    await service.ready();
    times.push(performance.now() - start);
    await service.stop();
  }
  return times;
}

export function table(times) {
  const cell = (value) => value.toFixed(0);
  return {
    title: 'Start of a service',
    about: `From the start of the process to the first 200 of /health/ready, without a model; ms, ${times.length} starts.`,
    head: ['', 'median', 'least', 'most'],
    rows: [['cochlea serve', cell(median(times)), cell(Math.min(...times)), cell(Math.max(...times))]],
    notes: [],
  };
}
