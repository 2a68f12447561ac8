import { type Command, CommanderError } from 'commander';
import { addConformance } from '../conformance/conformance.js';
import { addServe } from '../serve/command.js';
import { addSpeak } from '../speech/speak.js';
import { addTranscribe } from '../speech/transcribe.js';
import { addDecode } from './decode.js';
import { addEncode } from './embed.js';
import { addFeatures } from './features.js';
import { addInspect } from './inspect.js';
import { addProbe } from './probe.js';
import { versionLines } from './version.js';

/** Adds the commands that need the addon, which their files import. */
export function addCommands(program: Command, signal: AbortSignal): void {
  program.option('-V, --version', 'print the versions of cochlea, FFmpeg and soxr');
  program.on('option:version', () => {
    process.stdout.write(versionLines());
    throw new CommanderError(0, 'commander.version', '');
  });
  addProbe(program, signal);
  addDecode(program, signal);
  addFeatures(program, signal);
  addEncode(program, signal);
  addTranscribe(program, signal);
  addSpeak(program, signal);
  addServe(program, signal);
  addInspect(program, signal);
  addConformance(program, signal);
}
