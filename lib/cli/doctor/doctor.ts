import type { Command } from 'commander';
import { table } from '../table.js';
import { paint, printable } from '../terminal.js';
import type { Finding } from './findings.js';

const notes = `
✓ works. – is missing, and something optional needs it. ✗ is missing or broken, and decoding needs it.
The exit code is 1 if there is a ✗.

Examples:
  cochlea doctor
  cochlea doctor --json | jq '.findings[] | select(.state != "ok")'`;

const signs = { ok: ['green', '✓'], missing: ['yellow', '–'], broken: ['red', '✗'] } as const;

/** Unlike most commands, this one works if the addon does not load. */
export function addDoctor(program: Command, signal: AbortSignal): void {
  program
    .command('doctor')
    .description('check this machine, and say how to fix what is missing')
    .option('--json', 'print one JSON line')
    .addHelpText('after', notes)
    .action((flags: { readonly json?: true }) => run(flags, signal));
}

async function run(flags: { readonly json?: true }, signal: AbortSignal): Promise<void> {
  const { examine } = await import('./findings.js');
  const findings = await examine(signal);
  const ok = findings.every(({ state }) => state !== 'broken');
  if (!ok) process.exitCode = 1;
  process.stdout.write(flags.json ? `${JSON.stringify({ ok, findings })}\n` : report(findings, ok));
}

/** The part of a text that fits on a terminal line beside a name. A file or a pipe gets the whole text. */
const shortDetail = process.stdout.isTTY ? Math.max(80, (process.stdout.columns ?? 0) - 20) : Number.POSITIVE_INFINITY;

function report(findings: readonly Finding[], ok: boolean): string {
  const rows = findings.map(({ name, state, detail }) => {
    const [style, sign] = signs[state];
    const line = printable(detail);
    const short = state === 'ok' || line.length <= shortDetail ? line : `${line.slice(0, shortDetail - 1)}…`;
    return [paint(style, sign), name, short];
  });
  const verdict = ok ? 'Decoding works.' : 'Decoding does not work here.';
  return `${[table([{ title: '' }, { title: '' }, { title: '' }], rows).trimStart(), ...findings.flatMap(more)].join('\n')}\n${verdict}\n`;
}

/** Texts that did not fit on their lines, and the remedies. */
function more({ name, state, detail, remedy }: Finding): string[] {
  const long = state !== 'ok' && printable(detail).length > shortDetail;
  const lines = [...(long ? [detail] : []), ...(remedy === undefined ? [] : remedy.split('\n'))];
  const indented = lines.map((line) => `  ${printable(line).trimEnd()}\n`);
  return lines.length === 0 ? [] : [`${paint('bold', name)}\n${indented.join('')}`];
}
