/** What a service does at its capacity, below it, and at four times of it. */
import { setInterval } from 'node:timers/promises';
import { digits } from '../report/table.mjs';
import { closedLoop, counted, embed, openLoop } from './clients.mjs';
import { Service, TOWER } from './service.mjs';

/** As many as the service has places: 16 at a time, and 48 that wait. */
const connections = 64;

export async function overload(clips, { seconds, progress }) {
  const service = await Service.start(['--tower', TOWER, '--concurrency', '16', '--queue', '48']);
  try {
    return await phasesOf(service, clips, { seconds, progress, ask: embed, route: '/v1/audio/embeddings' });
  } finally {
    await service.stop();
  }
}

/** `ask`: a request with a clip, to the route of that name. */
export async function phasesOf(service, clips, { seconds, progress, ask, route }) {
  const { url } = service;
  await closedLoop(url, clips, { connections, seconds: Math.min(3, seconds), ask });
  const phases = [];
  const phase = async (name, load) => {
    progress(`serve: ${name}`);
    phases.push({ name, ...(await watched(service, route, load)) });
  };
  const open = (rate, more) => openLoop(url, clips, { rate, seconds, connections, ask, ...more });
  await phase('64 connections, each asks again at once', () => closedLoop(url, clips, { connections, seconds, ask }));
  const capacity = phases[0].good / phases[0].seconds;
  await phase('half of that rate', () => open(capacity / 2));
  await phase('four times that rate', () => open(capacity * 4, { connections: 1024 }));
  await phase('half of it again', () => open(capacity / 2));
  return phases;
}

/** Runs a load, and looks at the service meanwhile. */
async function watched(service, route, load) {
  // The quantiles count from the last time that somebody asked.
  await service.metric('cochlea_event_loop_delay_seconds');
  const refused = (what) => service.metric(`cochlea_request_duration_seconds_${what}{route="${route}",status="429"}`);
  const stop = new AbortController();
  const resident = [service.resident];
  const watching = (async () => {
    try {
      for await (const _ of setInterval(250, undefined, { signal: stop.signal })) resident.push(service.resident);
    } catch (error) {
      if (error.name !== 'AbortError') throw error;
    }
  })();
  const { outcomes, seconds } = await load();
  stop.abort();
  await watching;
  const loop = 1000 * (await service.metric('cochlea_event_loop_delay_seconds{quantile="0.99"}'));
  const refusal = (1000 * (await refused('sum'))) / (await refused('count'));
  return {
    ...counted(outcomes),
    seconds,
    loop,
    refusal,
    resident: [resident[0], Math.max(...resident), resident.at(-1)],
  };
}

export function table(
  phases,
  title = 'One service at its capacity and above it',
  what = 'Embeddings of uploads of 1 to 29 s in four formats, with the small tower of the tests',
) {
  const pair = (times) => (times.length ? times.map(digits).join(' / ') : '–');
  const row = ({ name, good, busy, others, goodTimes, busyTimes, seconds, loop, refusal, resident }) => [
    name,
    digits((good + busy) / seconds),
    digits(good / seconds),
    `${good}`,
    `${busy}`,
    Object.entries(others)
      .map(([status, count]) => `${count} × ${status}`)
      .join(', ') || '0',
    pair(goodTimes),
    pair(busyTimes),
    Number.isFinite(refusal) ? digits(refusal) : '–',
    digits(loop),
    resident.map((value) => value.toFixed(0)).join(' → '),
  ];
  return {
    title,
    about: `${what}; 16 at a time, 48 wait; 64 connections, and 1024 for four times the rate. Milliseconds: p50 / p99. In the service: the mean so far of a refusal, as /metrics has it, without the client and the connection. Loop: p99 of the delay of the event loop of the service. Memory: MiB resident at the start, at most, at the end. The clients run on the same cores.`,
    head: [
      '',
      'asked/s',
      'answered/s',
      '200',
      '429',
      'others',
      '200: ms',
      '429: ms',
      '429 in the service: ms',
      'loop ms',
      'memory',
    ],
    rows: phases.map(row),
    notes: [],
  };
}
