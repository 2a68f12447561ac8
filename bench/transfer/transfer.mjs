#!/usr/bin/env node
/** `npm run bench:transfer`: what it costs to hand a tensor to another process of the same host, in each mode. */
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { FileSender, HttpSender, InlineSender } from '../../dist/transfer/index.js';
import { machine, machineLine } from '../report/machine.mjs';
import { median } from '../report/statistics.mjs';
import { digits, toMarkdown, toText } from '../report/table.mjs';
import { asked } from '../report/write.mjs';
import { Answering } from '../run/answering.mjs';
import { python } from '../run/interpreters.mjs';

const help = `Usage: npm run bench:transfer -- [options]

Hands [375, 4096] float32, 6 MB, to another process: file, http and inline beside a plain http.get of the same bytes and
the Python package safetensors ($COCHLEA_PYTHON, else python3).

  --rounds N           default: 51
  --json FILE          everything measured
  --markdown FILE      the table, with command, machine and date
  -h, --help           this text`;

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '51' },
    json: { type: 'string' },
    markdown: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (flags.help) console.log(help);
else await main(Number(flags.rounds));

async function main(rounds) {
  const facts = machine(`npm run bench:transfer -- --rounds ${rounds}`);
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'cochlea-bench-'));
  const server = createServer((request, response) => http.handle(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${server.address().port}`;
  const http = new HttpSender({ url: `${origin}/v1/tensors` });
  const senders = { file: new FileSender({ folder }), http, inline: new InlineSender() };
  const script = (name) => fileURLToPath(new URL(name, import.meta.url));
  const options = JSON.stringify({ folders: [folder], origins: [origin] });
  const receiver = new Answering(process.execPath, ['--expose-gc', script('child.mjs'), options]);
  const peer = new Answering(python(), [script('safetensors_child.py'), folder]);
  try {
    const results = await measure({ senders, receiver, peer, folder, rounds });
    show(facts, results, flags);
  } finally {
    await Promise.all([receiver.close(), peer.close(), ...Object.values(senders).map((each) => each.close())]);
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A B C, A B C, …: a machine that slows down slows down for all. The first rounds are for warming up. */
async function measure({ senders, receiver, peer, rounds }) {
  const shape = [375, 4096];
  const elements = shape[0] * shape[1];
  const tensor = { data: Float32Array.from({ length: elements }, (_, i) => i), shape, dtype: 'float32' };
  const times = {};
  let peerFailed;
  for (let round = -3; round < rounds; round++) {
    const note = (key, value) => {
      times[key] ??= [];
      if (round >= 0) times[key].push(value);
    };
    for (const [mode, sender] of Object.entries(senders)) {
      const start = performance.now();
      const { descriptor } = await sender.send(tensor);
      note(`${mode} send`, performance.now() - start);
      if (mode === 'http') {
        const { milliseconds } = await receiver.ask({ verb: 'get', url: descriptor.url });
        note('plain get', milliseconds);
      }
      const { milliseconds, touch, grown } = await receiver.ask({ verb: 'receive', descriptor });
      note(`${mode} receive`, milliseconds);
      note(`${mode} touch`, touch);
      note(`${mode} grown`, grown);
    }
    if (peerFailed !== undefined) continue;
    try {
      const saved = await peer.ask({ verb: 'save', elements, shape, name: `peer-${round}.safetensors` });
      const loaded = await peer.ask({ verb: 'load', path: saved.path });
      note('peer send', saved.milliseconds);
      note('peer receive', loaded.milliseconds);
    } catch (error) {
      peerFailed = error.message;
    }
  }
  return { times, peerFailed };
}

function show(facts, { times, peerFailed }, { json, markdown }) {
  const middle = (key) => (times[key]?.length ? median(times[key]) : undefined);
  const least = (key) => (times[key]?.length ? Math.min(...times[key]) : undefined);
  const cell = (value) => (value === undefined ? '–' : digits(value));
  const pair = (key) => (times[key]?.length ? `${digits(middle(key))} (${digits(least(key))})` : '–');
  const row = (name, mode) => [
    name,
    pair(`${mode} send`),
    pair(`${mode} receive`),
    cell(middle(`${mode} touch`)),
    times[`${mode} grown`] ? (middle(`${mode} grown`) / 2 ** 20).toFixed(1) : '–',
  ];
  const table = {
    title: 'A tensor of 6 MB to another process of this host',
    about:
      'Milliseconds: median (least) of rounds in turn. Received means checked: the digest of the elements is that of the descriptor. Touched: one element of each page read after that. Own memory: what the receiver has beside the pages of files, more than before; MiB.',
    head: ['', 'send', 'receive', 'touch', 'own memory'],
    rows: [
      row('file', 'file'),
      row('http', 'http'),
      ['plain http.get, not checked', '–', pair('plain get'), '–', '–'],
      row('inline', 'inline'),
      ['Python safetensors, save_file, load_file and touch', pair('peer send'), pair('peer receive'), '–', '–'],
    ],
    notes: peerFailed === undefined ? [] : [`Python: ${peerFailed}`],
  };
  console.log(`${machineLine(facts)}\n\n${toText(table)}`);
  if (json) writeFileSync(asked(json), `${JSON.stringify({ facts, times }, undefined, 1)}\n`);
  if (markdown) writeFileSync(asked(markdown), `${machineLine(facts)}\n\n${toMarkdown(table)}\n`);
}
