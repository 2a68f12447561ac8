/**
 * What does loading cost beside decoding? 200 distinct thirty-second MP3 clips from a server on loopback that answers
 * after 20 ms, against one batch of the same bytes in memory; a hit; and 1000 loads of ten addresses at once.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { median } from '../report/statistics.mjs';

const run = promisify(execFile);
const LATENCY = 20;
const script = (name) => fileURLToPath(new URL(`../run/${name}.mjs`, import.meta.url));

/** @param {{files: Record<string, any>, quick: boolean, progress: (text: string) => void}} run */
export async function measure({ files, quick, progress }) {
  const { path } = files['half-minute.mp3'];
  progress('load: 200 clips from a server');
  const stdio = /** @type {const} */ (['ignore', 'pipe', 'inherit', 'ipc']);
  const server = spawn(process.execPath, [script('audio-server'), path, `${LATENCY}`], { stdio });
  try {
    const [line] = await once(server.stdout, 'data');
    const { stdout } = await run(process.execPath, [script('load-child'), path, `${line}`.trim(), quick ? '1' : '5']);
    const { rounds, ...rest } = JSON.parse(stdout);
    const middle = (key) => median(rounds.map((round) => round[key]));
    return [
      {
        contender: 'cochlea',
        memory: middle('memory'),
        load: middle('load'),
        ratio: median(rounds.map(({ memory, load }) => memory / load)),
        loopP99: middle('loopP99'),
        ...rest,
      },
    ];
  } finally {
    server.kill();
  }
}
