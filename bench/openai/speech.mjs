/** How long the first samples of speech take, from when the bytes that hold them are sent. */
import { setTimeout as sleep } from 'node:timers/promises';
import { AudioDecoder } from '../../dist/index.js';
import { AudioClient, UpstreamEngine } from '../../dist/openai/index.js';
import { median } from '../report/statistics.mjs';
import { digits } from '../report/table.mjs';
import { Service } from '../serve/service.mjs';
import { FIRST_SECONDS, FORMATS, SpeakingServer } from './speaking_server.mjs';

const WAYS = [
  { name: 'AudioClient', gateway: false, onlyWav: false },
  { name: 'behind the gateway', gateway: true, onlyWav: false },
  { name: 'behind the gateway, which encodes', gateway: true, onlyWav: true },
];

/** @param {{quick: boolean, progress: (text: string) => void}} run */
export async function speech({ quick, progress }) {
  const server = await SpeakingServer.start();
  const service = await Service.start(['--upstream', server.url]);
  const engines = [server.url, service.url].map((addresses) => new UpstreamEngine({ addresses }));
  const clients = engines.map((engine) => new AudioClient(engine));
  try {
    const cells = WAYS.flatMap((way) => FORMATS.map((format) => ({ ...way, format, bytes: [], frames: [] })));
    for (let round = -1; round < (quick ? 5 : 20); round++) {
      progress(`openai: speech, round ${round + 1}`);
      for (const cell of cells) {
        server.onlyWav = cell.onlyWav;
        const client = clients[cell.gateway ? 1 : 0];
        const [bytes, frames] = [
          await firstOf(server, client, cell, 'stream'),
          await firstOf(server, client, cell, 'frames'),
        ];
        if (round < 0) continue;
        cell.bytes.push(bytes);
        cell.frames.push(frames);
      }
    }
    const needs = {};
    for (const format of FORMATS) needs[format] = await needed(server.fileOf(format), format);
    return { cells, needs };
  } finally {
    await Promise.all([...engines.map((engine) => engine.close()), service.stop()]);
    await server.close();
  }
}

/** Milliseconds until the first bytes, or the first 0.1 s of samples. */
async function firstOf(server, client, { format }, what) {
  const spoken = await client.speech({ model: 'any', input: 'Hello.', voice: 'any', response_format: format });
  for await (const _ of spoken[what]()) return performance.now() - server.spokeAt;
  throw new Error(`no ${what} of ${format}`);
}

/** Seconds of audio that had come when the first samples were there: its packets come one by one, slowly. */
async function needed({ file, packets }, format) {
  let there = 0;
  const slowly = async function* () {
    let from = 0;
    for (const { bytes, seconds } of packets) {
      there = seconds;
      yield file.subarray(from, bytes);
      from = bytes;
      await sleep(50);
    }
  };
  const raw = format === 'pcm' ? { raw: { codec: 'pcm_s16le', sampleRate: 24_000, channels: 1 } } : {};
  for await (const _ of new AudioDecoder().stream(slowly(), { ...raw, seconds: 0.1 })) return there;
  throw new Error(`no samples of ${format}`);
}

export function table({ cells, needs }) {
  const pair = (values) => `${digits(median(values))} / ${digits(Math.max(...values))}`;
  const cell = (name, format, key) => pair(cells.find((each) => each.name === name && each.format === format)[key]);
  return {
    title: 'The first samples of speech',
    about: `A server on loopback sends ${FIRST_SECONDS} s of speech (24 kHz, mono) at once, and the rest as fast as people speak. Needs: seconds of audio that must have come before the first 0.1 s are decoded. Milliseconds from that first write, median / most of ${cells[0].frames.length} calls in turn. Decoded: to the first chunk of SpeechAudio.frames(), 0.1 s. Bytes: to the first bytes of audio at the client. The gateway encodes where its server answers with WAV, whatever it was asked for.`,
    head: ['', 'needs s', 'decoded', ...WAYS.slice(1).flatMap(({ name }) => [`bytes ${name}`, `decoded ${name}`])],
    rows: FORMATS.map((format) => [
      format,
      digits(needs[format]),
      cell(WAYS[0].name, format, 'frames'),
      ...WAYS.slice(1).flatMap(({ name }) => [cell(name, format, 'bytes'), cell(name, format, 'frames')]),
    ]),
    notes: [],
  };
}
