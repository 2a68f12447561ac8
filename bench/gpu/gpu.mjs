#!/usr/bin/env node
/** `npm run bench:gpu`: is the GPU right, and how fast is it? Prints; nothing here passes or fails. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { describeProviders } from '../../dist/tower/index.js';
import { machine, machineLine } from '../report/machine.mjs';
import { toMarkdown, toText } from '../report/table.mjs';
import { asked } from '../report/write.mjs';
import { python } from '../run/interpreters.mjs';
import { correctness } from './correctness.mjs';
import { gpu } from './device.mjs';
import { flow } from './flow.mjs';
import { pytorch } from './pytorch.mjs';
import * as tables from './tables.mjs';
import { throughput } from './throughput.mjs';
import { exported } from './towers.mjs';
import { transfers } from './transfers.mjs';

const help = `Usage: npm run bench:gpu -- [options]

Measures log-mel and audio tower on a GPU: results against the processor's, clips per second at each batch,
times of transfers, files to embeddings from end to end, and PyTorch in float16 beside it.

Needs ONNX Runtime and its CUDA libraries (docs/guide/gpu.md), and a Python with tools/export/requirements.txt for the
random tower of full size, which is exported once (1.3 GB, some minutes) and kept in the cache.

  --providers LIST  what to measure (default: cuda,webgpu); cpu shows that the script works
  --tower DIR       a tower of your own, instead of the random one
  --small           two narrow layers instead of 32 full ones: shows that the script works
  --batches LIST    default: 1,2,4,8,16
  --seconds S       for each figure (default: 5)
  --python PATH     default: $COCHLEA_PYTHON, else python3
  --json FILE       everything measured
  --markdown FILE   the tables, with machine, driver and versions
  -h, --help        this text`;

const { values: flags } = parseArgs({
  options: {
    providers: { type: 'string', default: 'cuda,webgpu' },
    tower: { type: 'string' },
    small: { type: 'boolean', default: false },
    batches: { type: 'string', default: '1,2,4,8,16' },
    seconds: { type: 'string', default: '5' },
    python: { type: 'string', default: python() },
    json: { type: 'string' },
    markdown: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (flags.help) {
  console.log(help);
  process.exit(0);
}

const say = (text) => process.stderr.write(`${text}\n`);
const batches = flags.batches.split(',').map(Number);
const seconds = Number(flags.seconds);
const facts = machine('npm run bench:gpu');
const reports = await describeProviders();
const asks = flags.providers.split(',');
const providers = [];
for (const { provider, available, reason, remedy } of reports.filter(({ provider }) => asks.includes(provider))) {
  if (available) providers.push(provider);
  else say(`${provider} is not available: ${reason}\n  ${remedy}`);
}
if (providers.length === 0) {
  say('Nothing to measure. `cochlea doctor` shows what this machine has; docs/guide/gpu.md says how to set it up.');
  process.exit(1);
}

const size = flags.small ? 'small' : 'full';
const tower = flags.tower ?? (await exported(size, flags.python, say));
const device = providers.includes('cuda') ? 'cuda' : 'cpu';
const run = { tower, providers, batches, seconds, say };
const results = {
  device: gpu(),
  correctness: await correctness(run),
  throughput: await throughput(run),
  transfers: await transfers(run),
  flow: await flow(run),
  pytorch: flags.tower ? undefined : await pytorch(flags.python, { ...run, size, device }),
};

const shown = [
  tables.device(results),
  tables.correctness(results),
  tables.throughput(results),
  tables.transfers(results),
  tables.flow(results),
];
console.log(`${[machineLine(facts), ...shown.map(toText)].join('\n\n')}\n`);
if (flags.json) writeFileSync(asked(flags.json), `${JSON.stringify({ machine: facts, ...results }, null, 1)}\n`);
if (flags.markdown) {
  writeFileSync(asked(flags.markdown), `${['# GPU', machineLine(facts), ...shown.map(toMarkdown)].join('\n\n')}\n`);
}
