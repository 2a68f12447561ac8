import type { Damage } from '../index.js';
import { damageLines } from './damage.js';
import { type Failure, failureLines } from './failure.js';
import type { Progress } from './progress.js';

/** The result of a source that succeeded. */
interface Reported {
  readonly file: string;
  readonly ok: true;
  readonly damage: Damage;
}

/**
 * Prints the result of each source, as JSON lines if requested, and sets the exit code. Returns the rows for a table:
 * those that were not printed as JSON.
 */
export async function report<Row extends Reported>(
  results: AsyncIterable<Row | Failure>,
  progress: Progress,
  json: boolean,
  warning: (row: Row) => string = () => '',
  to: NodeJS.WriteStream = process.stdout,
): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const result of results) {
    if (result.ok) progress.say(damageLines(result.file, result.damage) + warning(result));
    else process.exitCode = 1;
    if (json) to.write(`${JSON.stringify(result)}\n`);
    else if (result.ok) rows.push(result);
    else progress.say(failureLines(result));
  }
  return rows;
}
