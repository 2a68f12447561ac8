#!/usr/bin/env node
/** `npm run bench:light`: what a decode costs besides time. */
import { lightTables } from './report/light-tables.mjs';
import { tabulate } from './run/command.mjs';

const help = `Usage: npm run bench:light -- [options]

Measures what decoding costs a service besides time: peak memory, import and first decode, the event
loop under long decodes, memory over 2000 decodes, how decodes at once and one long file use the cores, what a
batch does, ten hours as a stream, the lag of live sound, ranges at the end of two hours, and loading from a server.

  --quick              fewer rounds
  --questions LIST     of: memory, start, blocking, scaling, parallel, steady, batch, stream, latency, ranges, load
                       (default: all)
  --contenders LIST    names as in bench:decode, separated by commas (default: cochlea)
  --json FILE          everything measured
  --markdown FILE      the tables, with command, machine and date
  -h, --help           this text`;

await tabulate({ name: 'bench:light', help }, lightTables);
