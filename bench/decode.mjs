#!/usr/bin/env node
/** `npm run bench:decode`: ours, the floor and the peers, in one run. */
import { chart } from './report/chart.mjs';
import { machineLine } from './report/machine.mjs';
import { clipsTable, resamplerTable, speedTable } from './report/tables.mjs';
import { asked, write } from './report/write.mjs';
import { command, quiet } from './run/command.mjs';

const help = `Usage: npm run bench:decode -- [options]

Measures decoding to 16 kHz mono float32: Cochlea, the floor (FFmpeg and soxr in a bare C++ loop) and
the peers, in one run. Install the peers first: npm run bench:setup

  --quick              fewer rounds
  --questions LIST     of: speed, clips, resampler (default: all)
  --contenders LIST    names as in the tables, separated by commas (default: all)
  --json FILE          everything measured
  --markdown FILE      the tables, with command, machine and date
  --chart FILE         the speeds as SVG
  -h, --help           this text

Environment: COCHLEA_BENCH_NODE (Node for all contenders), COCHLEA_PYTHON (a Python that has librosa),
COCHLEA_FLOOR (the floor's program), COCHLEA_CACHE (where inputs are kept).`;

await command({ name: 'bench:decode', help, questions: ['speed', 'clips', 'resampler'] }, async (run) => {
  const tables = { speed: speedTable, clips: clipsTable, resampler: resamplerTable };
  const results = {};
  for (const question of Object.keys(tables).filter(run.asks)) {
    const { measure } = await import(`./questions/${question}.mjs`);
    results[question] = await measure(run);
  }
  quiet();
  const shown = Object.entries(results).map(([question, rows]) => tables[question](rows));
  write({ ...run, tables: shown, results }, run.flags);
  if (run.flags.chart && results.speed) await chart(results.speed, machineLine(run.facts), asked(run.flags.chart));
});
