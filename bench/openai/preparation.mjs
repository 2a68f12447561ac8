/** What it costs to make parts of a long recording and to send them, beside a decode of the same: wall, CPU, memory. */
import { fileURLToPath } from 'node:url';
import { median } from '../report/statistics.mjs';
import { digits } from '../report/table.mjs';
import { Answering } from '../run/answering.mjs';
import { recording } from './hour.mjs';

const script = (name) => fileURLToPath(new URL(name, import.meta.url));
const WAYS = [
  { name: 'AudioDecoder.decode, all samples at once', way: 'decode' },
  { name: 'AudioDecoder.stream', way: 'stream' },
  { name: 'AudioClient, engine that answers at once, 4 parts in flight', way: 'engine', concurrency: 4 },
  { name: 'AudioClient, server that reads (FLAC), 1 part in flight', way: 'server', concurrency: 1 },
  { name: 'AudioClient, server that reads (FLAC), 4 parts in flight', way: 'server', concurrency: 4 },
];

/** @param {{quick: boolean, progress: (text: string) => void}} run */
export async function preparation({ quick, progress }) {
  const seconds = quick ? 600 : 3600;
  const partSeconds = seconds / 6;
  const path = await recording(seconds);
  const server = new Answering(process.execPath, [script('reading_server.mjs')]);
  const { url } = await server.ask({});
  try {
    const rows = WAYS.map((way) => ({ ...way, rounds: [] }));
    for (let round = 0; round < 3; round++) {
      for (const row of rows) {
        progress(`openai: preparation, round ${round + 1}: ${row.name}`);
        row.rounds.push(await inFreshProcess({ ...row, path, partSeconds, url }));
        row.sent = (await server.ask({})).bytes;
      }
    }
    return { seconds, partSeconds, rows };
  } finally {
    await server.close();
  }
}

/** Memory that an earlier round left would hide what this one takes. */
async function inFreshProcess({ way, path, partSeconds, concurrency, url }) {
  const child = new Answering(process.execPath, [script('preparation_child.mjs')]);
  try {
    // Code and threads are there before anything is measured.
    const short = await recording(10);
    await child.ask({ way, path: short, partSeconds: 5, concurrency, url });
    return await child.ask({ way, path, partSeconds, concurrency, url });
  } finally {
    await child.close();
  }
}

export function table({ seconds, partSeconds, rows }) {
  const middle = ({ rounds }, key) => median(rounds.map((round) => round[key]));
  const ratio = (row, base, key) => digits(median(row.rounds.map((round, i) => round[key] / base.rounds[i][key])));
  const [decode] = rows;
  const mebibytes = (bytes) => (bytes / 2 ** 20).toFixed(0);
  const part = partSeconds * 16_000 * 4;
  return {
    title: 'A long recording in parts',
    about: `${seconds / 60} min of MP3 (44.1 kHz, stereo, 128 kbit/s, music) → mono 16 kHz, each in a fresh process; medians of rounds in turn, ratios to the decode of the same round. Parts of at most ${partSeconds} s: ${mebibytes(part)} MiB of samples each. CPU: seconds of the process. Memory: the most resident, minus what was before; MiB. The server is a process of its own on the same cores.`,
    head: ['', 'parts', 'wall s', 'CPU s', 'wall / decode', 'CPU / decode', 'memory', 'sent MiB'],
    rows: rows.map((row) => [
      row.name,
      `${row.rounds[0].parts ?? '–'}`,
      digits(middle(row, 'seconds')),
      digits(middle(row, 'cpu')),
      ratio(row, decode, 'seconds'),
      ratio(row, decode, 'cpu'),
      mebibytes(middle(row, 'growth')),
      row.sent ? mebibytes(row.sent) : '–',
    ]),
    notes: [],
  };
}
