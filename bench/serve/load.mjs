#!/usr/bin/env node
/** `npm run bench:serve`: a service under load, above its capacity, behind nginx, and beside decoding in process. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { machine, machineLine } from '../report/machine.mjs';
import { toMarkdown, toText } from '../report/table.mjs';
import { asked } from '../report/write.mjs';
import { progress, quiet } from '../run/command.mjs';
import * as batch from './against_batch.mjs';
import { clips } from './clips.mjs';
import * as nginx from './failover.mjs';
import * as load from './overload.mjs';
import * as start from './start.mjs';

const QUESTIONS = ['start', 'batch', 'load', 'nginx'];
const help = `Usage: npm run bench:serve -- [options]

Starts cochlea serve in processes of its own, and asks it from here: ${QUESTIONS.join(', ')}. nginx is left out where it is
not installed.

  --seconds N          of each phase under load; default: 60
  --quick              5 s, and fewer rounds
  --questions LIST     some of them, with commas
  --json FILE          everything measured
  --markdown FILE      the tables, with command, machine and date
  -h, --help           this text`;

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    quick: { type: 'boolean', default: false },
    questions: { type: 'string', default: QUESTIONS.join(',') },
    json: { type: 'string' },
    markdown: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (flags.help) console.log(help);
else await main(flags);

async function main({ quick, questions, json, markdown, ...rest }) {
  const seconds = quick ? 5 : Number(rest.seconds);
  const words = [quick ? '--quick' : `--seconds ${seconds}`, `--questions ${questions}`];
  const facts = machine(`npm run bench:serve -- ${words.join(' ')}`);
  const run = { seconds, quick, progress };
  const asks = (question) => questions.split(',').includes(question);
  const results = {};
  const tables = [];
  const note = (question, result, table) => {
    if (result === undefined) return;
    results[question] = result;
    tables.push(table(result));
  };
  const mixed = await clips([1, 3, 5, 10, 20, 29]);
  if (asks('start')) note('start', await start.startTimes(run), start.table);
  if (asks('batch')) note('batch', await batch.againstBatch(run), batch.table);
  if (asks('load')) note('load', await load.overload(mixed, run), load.table);
  if (asks('nginx')) note('nginx', await nginx.failover(mixed, run), nginx.table);
  quiet();
  console.log([machineLine(facts), ...tables.map(toText)].join('\n\n'));
  if (json) writeFileSync(asked(json), `${JSON.stringify({ facts, ...results }, undefined, 1)}\n`);
  if (markdown) writeFileSync(asked(markdown), `${[machineLine(facts), ...tables.map(toMarkdown)].join('\n\n')}\n`);
}
