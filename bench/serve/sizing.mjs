#!/usr/bin/env node
import { writeFileSync } from 'node:fs';
import os from 'node:os';
/** `npm run bench:sizing`: how many cores feed a GPU with features. */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { machine, machineLine } from '../report/machine.mjs';
import { digits, toMarkdown, toText } from '../report/table.mjs';
import { asked } from '../report/write.mjs';
import { Answering } from '../run/answering.mjs';
import { progress, quiet } from '../run/command.mjs';
import { clips, clipsOf } from './clips.mjs';

const help = `Usage: npm run bench:sizing -- [options]

Decodes clips and computes their log-mel features, as a service does in front of a tower, with 1, 2, 4, 8 … threads, and
says how many cores feed a GPU.

  --gpu N              seconds of audio that the GPU embeds in a second; default: 6000
  --folder FOLDER      your clips. Default: clips of 10, 20 and 30 s of ours, which need the ffmpeg command
  --seconds N          of each measurement; default: 5
  --markdown FILE      the table, with command, machine and date
  -h, --help           this text`;

const { values: flags } = parseArgs({
  options: {
    gpu: { type: 'string', default: '6000' },
    folder: { type: 'string' },
    seconds: { type: 'string', default: '5' },
    markdown: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (flags.help) console.log(help);
else await main(flags);

async function main({ gpu, folder, seconds, markdown }) {
  const facts = machine(`npm run bench:sizing -- --gpu ${gpu} --seconds ${seconds}${folder ? ' --folder …' : ''}`);
  const all = folder ? clipsOf(asked(folder)) : await clips([10, 20, 30, 10, 20, 30]);
  const formats = [...new Set(all.map(({ format }) => format))];
  const mixes = Object.fromEntries(formats.map((name) => [name, all.filter(({ format }) => format === name)]));
  mixes['all of them'] = all;
  const cores = os.availableParallelism();
  const threads = [1, 2, 4, 8, 16, 32, 64].filter((count) => count <= cores);
  const rates = await measure(mixes, threads, Number(seconds));
  quiet();
  const table = sized(rates, threads, Number(gpu));
  console.log(`${machineLine(facts)}\n\n${toText(table)}`);
  if (markdown) writeFileSync(asked(markdown), `${machineLine(facts)}\n\n${toMarkdown(table)}\n`);
}

/** One process for each number of threads: it is chosen once. */
async function measure(mixes, threads, seconds) {
  const rates = Object.fromEntries(Object.keys(mixes).map((name) => [name, []]));
  for (const count of threads) {
    const script = fileURLToPath(new URL('sizing_child.mjs', import.meta.url));
    const child = new Answering(process.execPath, [script], { COCHLEA_THREADS: `${count}` });
    try {
      for (const [name, mix] of Object.entries(mixes)) {
        progress(`sizing: ${name}, ${count} threads`);
        const texts = mix.map(({ bytes }) => bytes.toString('base64'));
        rates[name].push((await child.ask({ clips: texts, inFlight: 2 * count, seconds })).rate);
      }
    } finally {
      await child.close();
    }
  }
  return rates;
}

function sized(rates, threads, gpu) {
  const row = ([name, list]) => {
    const perCore = list.at(-1) / threads.at(-1);
    return [name, ...list.map(digits), digits(perCore), `${Math.ceil(gpu / perCore)}`];
  };
  return {
    title: 'Cores that feed a GPU',
    about: `Bytes in memory → 16 kHz mono → 128 mel bins, two clips in flight for each thread: seconds of audio in a second, by threads. A core: the last of them, divided by its threads. The last column: cores for a GPU that embeds ${gpu} seconds of audio in a second.`,
    head: ['', ...threads.map((count) => `${count} ${count === 1 ? 'thread' : 'threads'}`), 'a core', 'cores'],
    rows: Object.entries(rates).map(row),
    notes: [],
  };
}
