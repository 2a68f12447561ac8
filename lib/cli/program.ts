import { Command, CommanderError } from 'commander';
import { addConformance } from './conformance.js';
import { addDecode } from './decode.js';
import { addInspect } from './inspect.js';
import { addProbe } from './probe.js';
import { versionLines } from './version.js';

const exitCodes = `
Exit codes: 0 all files are fine, 1 some file failed, 2 wrong usage, 130 interrupted.
Results go to standard output, warnings and errors to standard error.`;

/** All commands. `signal` aborts whatever they are doing. */
export function createProgram(signal: AbortSignal): Command {
  const program = new Command('cochlea')
    .description('Decodes any audio into float32 tensors.')
    .option('-V, --version', 'print the versions of cochlea, FFmpeg and soxr')
    .helpCommand('help [command]', 'print help for a command')
    .showHelpAfterError('(add --help for the options and examples)')
    .addHelpText('after', exitCodes)
    // Thrown instead of exiting, so that pending output is written and main.ts alone chooses the exit code.
    .exitOverride();
  // Read when asked for, not when the program is built: it loads the addon.
  program.on('option:version', () => {
    process.stdout.write(versionLines());
    throw new CommanderError(0, 'commander.version', '');
  });
  addProbe(program, signal);
  addDecode(program, signal);
  addInspect(program, signal);
  addConformance(program, signal);
  return program;
}
