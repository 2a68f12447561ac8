// Opens and decodes files in a process of its own, where processor time and memory are theirs alone:
// node hostile-apart.mjs PATH... Prints what each took, as JSON: of `probe`, and of `decode`.
import { readFileSync, writeFileSync } from 'node:fs';
import { decode, probe } from '../../dist/index.js';

// VmHWM is the peak of VmRSS since clear_refs was written.
const peak = () => 1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);

async function measure(work) {
  writeFileSync('/proc/self/clear_refs', '5');
  const before = peak();
  const started = process.cpuUsage();
  let outcome = 'done';
  try {
    await work();
  } catch (error) {
    outcome = `${error.code ?? error.name}: ${error.message}`;
  }
  const { user, system } = process.cpuUsage(started);
  return { milliseconds: (user + system) / 1000, grownBytes: peak() - before, outcome };
}

// Of five runs the quickest: other work on the machine only adds, by what it takes out of the caches. What is quick is not
// done again, and what takes seconds is long enough to meet quiet times.
async function least(work) {
  const runs = [await measure(work)];
  const total = () => runs.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  while (runs.length < 5 && runs[0].milliseconds > 100 && total() < 3000) runs.push(await measure(work));
  const milliseconds = Math.min(...runs.map((run) => run.milliseconds));
  return { ...runs[0], milliseconds };
}

const paths = process.argv.slice(2);
// The addon's own start, its threads included, is not what is measured.
await measure(() => decode(readFileSync(paths[0])));
const results = [];
for (const path of paths) {
  const bytes = readFileSync(path);
  results.push({ probe: await least(() => probe(bytes)), decode: await least(() => decode(bytes)) });
}
console.log(JSON.stringify(results));
