import type { Command } from 'commander';
import { examine, type Finding } from './findings.js';
import { table } from './table.js';
import { paint, printable } from './terminal.js';

const notes = `
✓ it is there and works, – it is not there and something optional needs it, ✗ decoding does not work without it.
The exit code is 1 if there is a ✗.

Examples:
  cochlea doctor
  cochlea doctor --json | jq '.findings[] | select(.state != "ok")'`;

const signs = { ok: ['green', '✓'], missing: ['yellow', '–'], broken: ['red', '✗'] } as const;

/** Unlike the other commands it works where the addon does not load. */
export function addDoctor(program: Command, signal: AbortSignal): void {
  program
    .command('doctor')
    .description('check what this machine has, and say what to do about what is missing')
    .option('--json', 'print one JSON line')
    .addHelpText('after', notes)
    .action((flags: { readonly json?: true }) => run(flags, signal));
}

async function run(flags: { readonly json?: true }, signal: AbortSignal): Promise<void> {
  const findings = await examine(signal);
  const ok = findings.every(({ state }) => state !== 'broken');
  if (!ok) process.exitCode = 1;
  process.stdout.write(flags.json ? `${JSON.stringify({ ok, findings })}\n` : report(findings, ok));
}

function report(findings: readonly Finding[], ok: boolean): string {
  const rows = findings.map(({ name, state, detail }) => {
    const [style, sign] = signs[state];
    return [paint(style, sign), name, printable(detail)];
  });
  const remedies = findings.flatMap(({ name, remedy }) =>
    remedy === undefined ? [] : [`${paint('bold', name)}\n${indented(remedy)}`],
  );
  const verdict = ok ? 'Decoding works.' : 'Decoding does not work here.';
  return `${[table([{ title: '' }, { title: '' }, { title: '' }], rows).trimStart(), ...remedies].join('\n')}\n${verdict}\n`;
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${printable(line).trimEnd()}\n`)
    .join('');
}
