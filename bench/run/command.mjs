/** What both commands share: flags, progress, the field of contenders, inputs, clean-up. */
import { parseArgs } from 'node:util';
import { inputs } from '../inputs.mjs';
import { machine } from '../report/machine.mjs';
import { write } from '../report/write.mjs';
import { field, NAMES } from './field.mjs';

/** @type {import('node:util').ParseArgsConfig['options']} */
const OPTIONS = {
  quick: { type: 'boolean', default: false },
  contenders: { type: 'string' },
  questions: { type: 'string' },
  json: { type: 'string' },
  markdown: { type: 'string' },
  chart: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
};

/**
 * @param {{name: string, help: string, questions: string[], contenders?: string}} command  `contenders`: who is measured by default
 * @param {(run: any) => Promise<void>} measure
 */
export async function command({ name, help, questions, contenders: standard }, measure) {
  const flags = parsed(help);
  if (flags.help) return console.log(help);
  const asked = chosen('--questions', flags.questions, questions);
  const names = chosen('--contenders', flags.contenders ?? standard, NAMES);
  const facts = machine(written(name, flags));
  const files = await inputs(progress);
  const contenders = await field({ names, progress });
  const stop = () => {
    for (const contender of contenders) contender.close();
  };
  process.once('exit', stop);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
  const run = {
    contenders,
    files,
    facts,
    flags,
    quick: flags.quick,
    progress,
    asks: (question) => asked.includes(question),
  };
  try {
    await measure(run);
  } finally {
    stop();
  }
}

/**
 * A command that asks its questions one after the other and shows a table, or several, for each.
 *
 * @param {{name: string, help: string}} about
 * @param {Record<string, (results: any) => any>} tables  question → table or tables
 */
export async function tabulate(about, tables) {
  const questions = Object.keys(tables);
  await command({ ...about, questions, contenders: 'cochlea' }, async (run) => {
    const results = {};
    for (const question of questions.filter(run.asks)) {
      const { measure } = await import(`../questions/${question}.mjs`);
      results[question] = await measure(run);
    }
    quiet();
    const shown = Object.entries(results).flatMap(([question, rows]) => tables[question](rows));
    write({ ...run, tables: shown, results }, run.flags);
  });
}

/** @param {string} flag @param {string | undefined} list @param {string[]} known */
function chosen(flag, list, known) {
  const words = list?.split(',') ?? known;
  const unknown = words.find((word) => !known.includes(word));
  if (unknown === undefined) return words;
  console.error(`${flag}: there is no '${unknown}', only: ${known.join(', ')}`);
  process.exit(2);
}

/** The command as the report shows it: what decides the numbers, not where they are written. */
function written(name, flags) {
  const words = ['quick', 'questions', 'contenders']
    .filter((flag) => flags[flag])
    .map((flag) => `--${flag}${flags[flag] === true ? '' : ` '${flags[flag]}'`}`);
  return [`npm run ${name}`, ...(words.length ? ['--', ...words] : [])].join(' ');
}

function parsed(help) {
  try {
    // A command takes the flags that its help describes.
    const options = Object.fromEntries(Object.entries(OPTIONS).filter(([flag]) => help.includes(`--${flag}`)));
    return /** @type {any} */ (parseArgs({ options }).values);
  } catch (error) {
    console.error(`${/** @type {Error} */ (error).message}\n\n${help}`);
    process.exit(2);
  }
}

/** One line that is overwritten; silent where nobody watches. @param {string} text */
export function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${text.slice(0, process.stderr.columns - 1)}`);
}

/** Clears that line. */
export const quiet = () => progress('');
