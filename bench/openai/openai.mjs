#!/usr/bin/env node
/** `npm run bench:openai`: long recordings in parts, the first samples of speech, and a gateway under load. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { machine, machineLine } from '../report/machine.mjs';
import { toMarkdown, toText } from '../report/table.mjs';
import { asked } from '../report/write.mjs';
import { progress, quiet } from '../run/command.mjs';
import * as gateway from './gateway.mjs';
import * as preparation from './preparation.mjs';
import * as speech from './speech.mjs';

const QUESTIONS = {
  preparation: [preparation.preparation, preparation.table],
  speech: [speech.speech, speech.table],
  gateway: [gateway.gateway, gateway.table],
};
const names = Object.keys(QUESTIONS);
const help = `Usage: npm run bench:openai -- [options]

What Cochlea itself costs in front of models: no model runs here, and servers answer at once. ${names.join(', ')}.
The recording and the speech are made by the ffmpeg command.

  --seconds N          of each phase under load; default: 60
  --quick              5 s, a recording of ten minutes, and fewer rounds
  --questions LIST     some of them, with commas
  --json FILE          everything measured
  --markdown FILE      the tables, with command, machine and date
  -h, --help           this text`;

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    quick: { type: 'boolean', default: false },
    questions: { type: 'string', default: names.join(',') },
    json: { type: 'string' },
    markdown: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (flags.help) console.log(help);
else await main(flags);

async function main({ quick: isQuick, questions, json, markdown, ...rest }) {
  const seconds = isQuick ? 5 : Number(rest.seconds);
  const words = [isQuick ? '--quick' : `--seconds ${seconds}`, `--questions ${questions}`];
  const facts = machine(`npm run bench:openai -- ${words.join(' ')}`);
  const results = {};
  const tables = [];
  for (const [name, [measure, table]] of Object.entries(QUESTIONS)) {
    if (!questions.split(',').includes(name)) continue;
    results[name] = await measure({ seconds, quick: isQuick, progress });
    tables.push(table(results[name]));
  }
  quiet();
  console.log([machineLine(facts), ...tables.map(toText)].join('\n\n'));
  if (json) writeFileSync(asked(json), `${JSON.stringify({ facts, ...results }, undefined, 1)}\n`);
  if (markdown) writeFileSync(asked(markdown), `${[machineLine(facts), ...tables.map(toMarkdown)].join('\n\n')}\n`);
}
