/** One set of results, to where the flags say. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { machineLine } from './machine.mjs';
import { toMarkdown, toText } from './table.mjs';

/**
 * @param {{facts: any, contenders: any[], files: Record<string, any>, tables: import('./table.mjs').Table[], results: object}} report
 * @param {{json?: string | undefined, markdown?: string | undefined}} flags
 */
export function write({ facts, contenders, files, tables, results }, flags) {
  console.log(`${[machineLine(facts), ...tables.map(toText)].join('\n\n')}\n`);
  const field = contenders.map(({ name, entry, version, missing }) => ({
    name,
    kind: entry.kind,
    version,
    missing,
    note: entry.note,
  }));
  if (flags.json)
    writeFileSync(
      asked(flags.json),
      `${JSON.stringify({ machine: facts, contenders: field, inputs: pinned(files), ...results }, null, 1)}\n`,
    );
  if (flags.markdown) writeFileSync(asked(flags.markdown), markdown(facts, field, files, tables));
}

/** Paths are meant from where npm was called, not from this folder. @param {string} path */
export const asked = (path) => resolve(process.env.INIT_CWD ?? '.', path);

/** Paths are this machine's own business. */
const pinned = (files) =>
  Object.fromEntries(Object.entries(files).map(([name, { bytes, sha256 }]) => [name, { bytes, sha256 }]));

function markdown(facts, field, files, tables) {
  const sections = [
    '# Benchmarks',
    `Measured by \`${facts.command}\` on: ${machineLine(facts)} The method is described in \`bench/README.md\`.`,
    ...tables.map(toMarkdown),
    ['## Contenders', '', ...field.map(describe)].join('\n'),
    [
      '## Inputs',
      '',
      '| file | bytes | SHA-256 |',
      '| --- | ---: | --- |',
      ...Object.entries(files).map(([name, { bytes, sha256 }]) => `| ${name} | ${bytes} | \`${sha256}\` |`),
    ].join('\n'),
  ];
  return `${sections.join('\n\n')}\n`;
}

const describe = ({ name, version, missing, note }) =>
  `- **${name}** ${[version, note, missing && `not available: ${missing}`].filter(Boolean).join('; ')}`.trimEnd();
