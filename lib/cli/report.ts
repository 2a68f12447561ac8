import type { Damage } from '../index.js';
import { damageLines } from './damage.js';
import { type Failure, failureLines } from './failure.js';
import type { Progress } from './progress.js';

/** What is printed of a source that went well. */
interface Reported {
  readonly file: string;
  readonly ok: true;
  readonly damage: Damage;
}

/**
 * Prints what became of each source, as JSON lines if these are wanted; sets the exit code. What it returns is for a
 * table: of what was printed already, nothing.
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
