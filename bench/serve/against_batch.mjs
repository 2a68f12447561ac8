/** What HTTP costs: POST /v1/audio/decode against decodeAll of the same clips in a process of its own. */
import { fileURLToPath } from 'node:url';
import { Agent, request } from 'undici';
import { median } from '../report/statistics.mjs';
import { digits } from '../report/table.mjs';
import { Answering } from '../run/answering.mjs';
import { another } from './another.mjs';
import { clips } from './clips.mjs';
import { Service } from './service.mjs';

const IN_FLIGHT = 16;

export async function againstBatch({ quick, progress }) {
  progress('serve: against decodeAll');
  const made = await clips(Array(40).fill(10), ['mp3']);
  const batch = Array.from({ length: quick ? 80 : 400 }, (_, i) => made[i % made.length].bytes);
  const child = new Answering(process.execPath, [fileURLToPath(new URL('batch_child.mjs', import.meta.url))]);
  const service = await Service.start([]);
  const dispatcher = new Agent({ connections: IN_FLIGHT, pipelining: 1 });
  try {
    await child.ask({ verb: 'load', clips: made.map(({ bytes }) => bytes.toString('base64')) });
    const rounds = [];
    for (let round = -1; round < (quick ? 3 : 7); round++) {
      const inProcess = await child.ask({ verb: 'decode', count: batch.length });
      const http = await measured(service, () => asked(service.url, batch, dispatcher));
      if (round >= 0) rounds.push({ inProcess, http });
    }
    return { rounds, clips: batch.length };
  } finally {
    await Promise.all([child.close(), dispatcher.close(), service.stop()]);
  }
}

async function measured(service, run) {
  const [cpu, start] = [service.cpu, performance.now()];
  await run();
  return { seconds: (performance.now() - start) / 1000, cpu: service.cpu - cpu };
}

async function asked(url, batch, dispatcher) {
  let next = 0;
  const headers = { 'content-type': 'audio/mpeg' };
  const path = `${url}/v1/audio/decode?sample_rate=16000&response_format=f32`;
  const client = async () => {
    while (next < batch.length) {
      const answer = await request(path, { method: 'POST', body: another(batch[next++]), headers, dispatcher });
      if (answer.statusCode !== 200) throw new Error(`${answer.statusCode}: ${await answer.body.text()}`);
      // Dropped piece by piece: the clients share the cores.
      await answer.body.dump({ limit: Number.MAX_SAFE_INTEGER });
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, client));
}

export function table({ rounds, clips: count }) {
  const middle = (side, key) => median(rounds.map((round) => round[side][key]));
  const ratio = (key) => digits(median(rounds.map(({ inProcess, http }) => inProcess[key] / http[key])));
  const row = (name, side) => [
    name,
    digits(count / middle(side, 'seconds')),
    digits(middle(side, 'seconds')),
    digits(middle(side, 'cpu')),
  ];
  return {
    title: 'Decoding by HTTP against decodeAll',
    about: `${count} MP3 clips of 10 s → 16 kHz mono float32; medians of rounds in turn. CPU: seconds of the process that decodes. Wall time by HTTP has the clients on the same cores.`,
    head: ['', 'clips/s', 'wall s', 'CPU s'],
    rows: [
      row('decodeAll', 'inProcess'),
      row(`POST /v1/audio/decode, ${IN_FLIGHT} in flight`, 'http'),
      ['decodeAll / HTTP', '', ratio('seconds'), ratio('cpu')],
    ],
    notes: [],
  };
}
