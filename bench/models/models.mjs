#!/usr/bin/env node
/** `npm run bench:models`: log-mel and towers on the processor, beside what else does it. */
import { modelTables } from '../report/model-tables.mjs';
import { tabulate } from '../run/command.mjs';

const help = `Usage: npm run bench:models -- [options]

Measures log-mel features beside transformers.js and transformers, and an audio tower on the processor beside PyTorch.
Both need a Python with tools/export/requirements.txt: $COCHLEA_PYTHON, else python3. (The GPU: npm run bench:gpu.)

  --quick              fewer rounds
  --questions LIST     of: features, tower (default: all)
  --json FILE          everything measured
  --markdown FILE      the tables, with command, machine and date
  -h, --help           this text`;

await tabulate({ name: 'bench:models', help }, modelTables);
