import { type Command, CommanderError } from 'commander';
import { versionLines } from './version.js';

type Add = (program: Command, signal: AbortSignal) => void;

/** The commands that need the addon, in the order of the help. The files of each load what it needs. */
const commands: Readonly<Record<string, () => Promise<Add>>> = {
  probe: async () => (await import('./probe.js')).addProbe,
  decode: async () => (await import('./decode.js')).addDecode,
  features: async () => (await import('./features.js')).addFeatures,
  embed: async () => (await import('./embed.js')).addEncode,
  transcribe: async () => (await import('../speech/transcribe.js')).addTranscribe,
  speak: async () => (await import('../speech/speak.js')).addSpeak,
  serve: async () => (await import('../serve/command.js')).addServe,
  inspect: async () => (await import('./inspect.js')).addInspect,
  conformance: async () => (await import('../conformance/conformance.js')).addConformance,
};

/** Adds the commands that need the addon. If `asked` names one of them, no other one is loaded. */
export async function addCommands(program: Command, signal: AbortSignal, asked: string | undefined): Promise<void> {
  program.option('-V, --version', 'print the versions of cochlea, FFmpeg and soxr');
  program.on('option:version', () => {
    process.stdout.write(versionLines());
    throw new CommanderError(0, 'commander.version', '');
  });
  const names = asked !== undefined && Object.hasOwn(commands, asked) ? [asked] : Object.keys(commands);
  for (const name of names) (await commands[name]?.())?.(program, signal);
}
