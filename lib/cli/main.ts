#!/usr/bin/env node
/** The `cochlea` command. Exit codes: 0 success, 1 something failed, 2 wrong usage, 130 and 143 interrupted. */
import { CommanderError } from 'commander';
import { CochleaError } from '../errors.js';
import { onInterrupt } from './interrupt.js';
import { createProgram } from './program.js';
import { printable } from './terminal.js';

// A reader that closes early (`cochlea probe … | head`) is not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

void main();

async function main(): Promise<void> {
  const interrupt = onInterrupt();
  try {
    const program = await createProgram(interrupt.signal);
    await program.parseAsync();
  } catch (error) {
    process.exitCode = interrupt.exitCode() ?? exitCodeOf(error);
  } finally {
    interrupt.dispose();
  }
}

function exitCodeOf(error: unknown): number {
  // Commander has already printed a message. Only `--help` and `--version` have the code 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const code = error instanceof CochleaError ? `${error.code}: ` : '';
  const message = error instanceof Error ? error.message : String(error);
  const lines = message.split('\n').map(printable).join('\n');
  process.stderr.write(`cochlea: ${code}${lines}\n`);
  if (process.env.DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return 1;
}
