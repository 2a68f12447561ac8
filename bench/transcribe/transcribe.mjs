#!/usr/bin/env node
/** `npm run bench:transcribe`: Whisper in this process, beside faster-whisper and whisper.cpp: time, words, memory. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { machine, machineLine } from '../report/machine.mjs';
import { toMarkdown, toText } from '../report/table.mjs';
import { asked } from '../report/write.mjs';
import { progress, quiet } from '../run/command.mjs';
import { CONTENDERS } from './contenders.mjs';
import { MODELS } from './models.mjs';
import { recordings } from './recordings.mjs';
import { measure } from './rounds.mjs';
import { memoryTable, speedTable } from './tables.mjs';

const names = CONTENDERS.map(({ name }) => name);
const clips = ['11', '30', 'dialogue'];
const help = `Usage: npm run bench:transcribe -- [options]

Measures Transcriber beside faster-whisper and whisper.cpp, on speech whose words are known. All decode greedily: one
beam, temperature 0, English, no filter of voice activity, no text of earlier windows. It needs what
tools/interop/transcribe/setup.sh prepares.

  --models LIST        of: ${MODELS.join(', ')} (default: all)
  --threads LIST       default: 2,1
  --clips LIST         seconds, or dialogue, of: ${clips.join(', ')} (default: all)
  --contenders LIST    of: ${names.join(', ')} (default: all)
  --rounds N           of clips; default: 7. The dialogue has up to 3
  --json FILE          everything measured
  --markdown FILE      the tables, with command, machine and date
  -h, --help           this text`;

const { values: flags } = parseArgs({
  options: {
    models: { type: 'string', default: MODELS.join(',') },
    threads: { type: 'string', default: '2,1' },
    clips: { type: 'string', default: clips.join(',') },
    contenders: { type: 'string', default: names.join(',') },
    rounds: { type: 'string', default: '7' },
    json: { type: 'string' },
    markdown: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (flags.help) console.log(help);
else await main();

async function main() {
  const list = (flag, known) => {
    const words = flags[flag].split(',');
    const unknown = words.find((word) => !known.includes(word));
    if (unknown !== undefined) throw new Error(`--${flag}: there is no '${unknown}', only: ${known.join(', ')}`);
    return words;
  };
  const chosen = list('contenders', names);
  const words = ['models', 'threads', 'clips', 'contenders', 'rounds'].map((flag) => `--${flag} '${flags[flag]}'`);
  const facts = machine(`npm run bench:transcribe -- ${words.join(' ')}`);
  const results = await measure({
    models: list('models', MODELS),
    threads: flags.threads.split(',').map(Number),
    recordings: await recordings(list('clips', clips)),
    contenders: CONTENDERS.filter(({ name }) => chosen.includes(name)),
    rounds: Number(flags.rounds),
    progress,
  });
  quiet();
  const tables = [speedTable(results), memoryTable(results)];
  console.log([machineLine(facts), ...tables.map(toText)].join('\n\n'));
  if (flags.json) writeFileSync(asked(flags.json), `${JSON.stringify({ facts, results }, undefined, 1)}\n`);
  if (flags.markdown) {
    const parts = [machineLine(facts), `    ${facts.command}`, ...tables.map(toMarkdown)];
    writeFileSync(asked(flags.markdown), `${parts.join('\n\n')}\n`);
  }
}
