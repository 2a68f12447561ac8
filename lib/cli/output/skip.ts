import { statSync } from 'node:fs';
import type { Command } from 'commander';
import { reportStream } from '../standard_streams.js';
import { printable } from '../terminal.js';
import { plural } from '../wording.js';
import type { Planned } from './output_plan.js';

/** Value of the option below, as commander passes it. */
export interface SkipFlags {
  readonly skipExisting?: true;
  readonly json?: true;
}

export function addSkip(command: Command): Command {
  return command.option('--skip-existing', 'keep existing outputs, and make the others');
}

/** The outputs that do not exist yet. Reports the others. Results are written whole, so an existing one is complete. */
export function withoutExisting<Format extends string>(
  plan: readonly Planned<Format>[],
  { skipExisting, json }: SkipFlags,
): Planned<Format>[] {
  if (!skipExisting) return [...plan];
  const skipped = plan.filter(({ path }) => statSync(path, { throwIfNoEntry: false })?.isFile());
  if (json) {
    const to = reportStream(plan.map(({ path }) => path));
    for (const { file, path } of skipped) {
      to.write(`${JSON.stringify({ file, ok: true, skipped: true, output: path })}\n`);
    }
  } else if (skipped.length > 0) {
    const [first] = skipped;
    const what = skipped.length === 1 && first ? printable(first.path) : plural(skipped.length, 'output');
    process.stderr.write(`skipped: ${what} ${skipped.length === 1 ? 'is' : 'are'} there already\n`);
  }
  return plan.filter((each) => !skipped.includes(each));
}
