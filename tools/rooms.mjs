#!/usr/bin/env node
// Prints the rooms of the house and the arrows between them: node tools/rooms.mjs [--check]
//
// A room is a file or a folder directly inside of a folder of lib/; an arrow is an import that leads from one room of a
// folder to another one of it. Fewer of both means that a reader finds a thing sooner. With --check (as `npm run lint`
// calls it) it fails
//   - where rooms import each other in a circle, even if only types,
//   - where a floor imports another one that is not below it, or one below by another file than a face: index.ts, or
//     inner.ts for what the package does not export,
//   - where a file's name is not in snake_case.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** The floors of each floor's imports. All that is not listed here is the ground, which imports no floor. */
const below = {
  decode: [],
  encode: [],
  load: ['decode'],
  onnx: [],
  features: ['decode', 'onnx'],
  tower: ['decode', 'onnx', 'features'],
  transfer: [],
  cli: ['decode', 'encode', 'load', 'onnx', 'features', 'tower', 'transfer'],
  'index.ts': ['decode', 'encode'],
};
const isFace = (file) => /\/(index|inner)\.ts$/.test(file);

const root = fileURLToPath(new URL('../lib', import.meta.url));
const files = readdirSync(root, { recursive: true }).filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'));

/** [from, to] of every import inside of lib/, as paths below it. */
const imports = files.flatMap((file) =>
  ts
    .preProcessFile(readFileSync(join(root, file), 'utf8'))
    .importedFiles.map(({ fileName }) => fileName)
    .filter((name) => name.startsWith('.') && name.endsWith('.js'))
    .map((name) => [file, join(dirname(file), name.replace(/js$/, 'ts'))])
    .filter(([, target]) => !target.startsWith('..')),
);

const folders = [...new Set(files.flatMap((file) => parents(file)))].sort();

function parents(file) {
  const folder = dirname(file);
  return folder === '.' ? ['.'] : [folder, ...parents(folder)];
}

/** The room of a folder that a file lies in; undefined for one outside. */
function roomOf(folder, file) {
  const path = relative(folder === '.' ? '' : folder, file);
  return path.startsWith('..') ? undefined : path.split(sep)[0];
}

function arrowsIn(folder) {
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

const problems = files
  .filter((file) => !/^([a-z0-9]+(_[a-z0-9]+)*\/)*[a-z0-9]+(_[a-z0-9]+)*\.ts$/.test(file))
  .map((file) => `lib/${file}: its name is not in snake_case`);

for (const [from, to] of imports) {
  const [start, end] = [roomOf('.', from), roomOf('.', to)];
  if (start === end || !Object.hasOwn(below, end) || end === 'index.ts') continue;
  if (!(below[start] ?? []).includes(end)) problems.push(`lib/${from}: ${start} does not import from ${end}`);
  else if (!isFace(to)) problems.push(`lib/${from}: imports lib/${to}, which is no face of ${end}`);
}

const check = process.argv.includes('--check');
for (const folder of folders) {
  const rooms = new Set(files.map((file) => roomOf(folder, file)).filter((room) => room !== undefined));
  const arrows = arrowsIn(folder);
  const count = [...arrows.values()].reduce((sum, { size }) => sum + size, 0);
  const circle = inCircles(arrows);
  if (circle.length > 0) problems.push(`lib/${folder}: a circle of ${circle.join(', ')}`);
  if (!check)
    console.log(
      `${join('lib', folder).padEnd(24)} ${String(rooms.size).padStart(3)} rooms ${String(count).padStart(4)} arrows`,
    );
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
