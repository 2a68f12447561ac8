#!/usr/bin/env node
// Prints the rooms of the house and the arrows between them: node tools/rooms.mjs [--check]
//
// A room is a file or a folder directly inside a folder of lib/ or native/core/. A header and its source count as one
// file. An arrow is an import from one room of a folder to another room of the same folder. With fewer of both, a reader
// finds a thing sooner. With --check (as in `npm run lint`) it fails
//   - if rooms import each other in a circle, even if only types,
//   - if a floor of lib/ imports a floor that is not below it, or one below through a file that is not a face: index.ts,
//     or inner.ts for what the package does not export,
//   - if a file name is not in snake_case.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** The floors that each floor may import. Everything else is common ground, which imports no floor. */
const below = {
  decode: [],
  encode: [],
  load: ['decode'],
  onnx: [],
  features: ['decode', 'onnx'],
  tower: ['decode', 'onnx', 'features'],
  transfer: [],
  worker: ['decode', 'load', 'tower', 'transfer', 'worker'],
  openai: ['decode', 'encode', 'load'],
  transcribe: ['decode', 'onnx', 'tower', 'openai'],
  ai: ['load', 'openai'],
  serve: ['encode', 'load', 'features', 'transfer', 'worker', 'openai'],
  client: ['load', 'transfer', 'worker'],
  cli: ['decode', 'encode', 'load', 'onnx', 'features', 'tower', 'transfer', 'worker', 'openai', 'transcribe', 'serve'],
  'index.ts': ['decode', 'encode'],
};
const isFace = (file) => /\/(index|inner)\.ts$/.test(file);

const root = fileURLToPath(new URL('..', import.meta.url));
const under = (folder, pattern) =>
  readdirSync(join(root, folder), { recursive: true }).filter((name) => pattern.test(name));
const read = (...path) => readFileSync(join(root, ...path), 'utf8');

/** A folder's files, and [from, to] of every import inside of it, as paths below it. */
function lib() {
  const files = under('lib', /(?<!\.d)\.ts$/);
  const imports = files.flatMap((file) =>
    ts
      .preProcessFile(read('lib', file))
      .importedFiles.map(({ fileName }) => fileName)
      .filter((name) => name.startsWith('.') && name.endsWith('.js'))
      .map((name) => [file, join(dirname(file), name.replace(/js$/, 'ts'))])
      .filter(([, target]) => !target.startsWith('..')),
  );
  return { root: 'lib', files, imports };
}

/** The same, of names without .h and .cpp. */
function core() {
  const isCode = /\.(h|cpp)$/;
  const files = under('native/core', isCode);
  const included = (file) => [...read('native/core', file).matchAll(/^#include "core\/(.+)\.h"$/gm)];
  const imports = files.flatMap((file) => included(file).map(([, target]) => [file.replace(isCode, ''), target]));
  return { root: 'native/core', files: [...new Set(files.map((file) => file.replace(isCode, '')))], imports };
}

function parents(file) {
  const folder = dirname(file);
  return folder === '.' ? ['.'] : [folder, ...parents(folder)];
}

/** The room of a folder that a file lies in; undefined for one outside. */
function roomOf(folder, file) {
  const path = relative(folder === '.' ? '' : folder, file);
  return path.startsWith('..') ? undefined : path.split(sep)[0];
}

function arrowsIn(folder, imports) {
  const arrows = new Map();
  for (const [from, to] of imports) {
    const [start, end] = [roomOf(folder, from), roomOf(folder, to)];
    if (start === undefined || end === undefined || start === end) continue;
    arrows.set(start, (arrows.get(start) ?? new Set()).add(end));
  }
  return arrows;
}

/** Rooms from which a way leads back to them. */
function inCircles(arrows) {
  return [...arrows.keys()].filter((start) => {
    const seen = new Set();
    const visit = (room) => {
      for (const next of arrows.get(room) ?? []) {
        if (!seen.has(next)) visit(next, seen.add(next));
      }
    };
    visit(start);
    return seen.has(start);
  });
}

const problems = [];
const check = process.argv.includes('--check');

for (const { root, files, imports } of [lib(), core()]) {
  for (const file of files) {
    if (!/^([a-z0-9]+(_[a-z0-9]+)*\/)*[a-z0-9]+(_[a-z0-9]+)*(\.ts)?$/.test(file))
      problems.push(`${root}/${file}: its name is not in snake_case`);
  }
  for (const folder of [...new Set(files.flatMap((file) => parents(file)))].sort()) {
    const rooms = new Set(files.map((file) => roomOf(folder, file)).filter((room) => room !== undefined));
    const arrows = arrowsIn(folder, imports);
    const count = [...arrows.values()].reduce((sum, { size }) => sum + size, 0);
    const circle = inCircles(arrows);
    if (circle.length > 0) problems.push(`${join(root, folder)}: a circle of ${circle.join(', ')}`);
    if (!check) {
      const [name, first, second] = [join(root, folder).padEnd(24), rooms.size, count];
      console.log(`${name} ${String(first).padStart(3)} rooms ${String(second).padStart(4)} arrows`);
    }
  }
}

for (const [from, to] of lib().imports) {
  const [start, end] = [roomOf('.', from), roomOf('.', to)];
  if (start === end || !Object.hasOwn(below, end) || end === 'index.ts') continue;
  if (!(below[start] ?? []).includes(end)) problems.push(`lib/${from}: ${start} does not import from ${end}`);
  else if (!isFace(to)) problems.push(`lib/${from}: imports lib/${to}, which is not a face of ${end}`);
}

for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
