import { Command } from 'commander';
import { AddonUnavailableError } from '../errors.js';
import { addBuildAddon } from './commands/build_addon.js';
import { addDoctor } from './doctor/doctor.js';

const exitCodes = `
Exit codes: 0 all files succeeded, 1 a file failed, 2 wrong usage, 130 interrupted.
Results go to standard output, warnings and errors to standard error.`;

/**
 * Creates all commands. `signal` aborts their work. If the addon does not load, only `doctor` and `build-addon` work,
 * and all other commands throw the reason.
 */
export async function createProgram(signal: AbortSignal): Promise<Command> {
  const program = new Command('cochlea')
    .description('Decodes any audio into float32 tensors.')
    .helpCommand('help [command]', 'print help for a command')
    .showHelpAfterError('(add --help for the options and examples)')
    .addHelpText('after', exitCodes)
    // Commander throws instead of exiting, so that pending output is written, and only main.ts chooses the exit code.
    .exitOverride();
  try {
    const { addCommands } = await import('./commands/commands.js');
    await addCommands(program, signal, process.argv[2]);
  } catch (error) {
    if (!(error instanceof AddonUnavailableError)) throw error;
    program.allowUnknownOption().argument('[anything...]');
    program.action(() => {
      throw error;
    });
  }
  addDoctor(program, signal);
  addBuildAddon(program, signal);
  return program;
}
