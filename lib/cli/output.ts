import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { isAddress } from './sources.js';

export const formats = ['wav', 'flac', 'f32', 'npy'] as const;
export type OutputFormat = (typeof formats)[number];

export type BitDepth = 16 | 24 | 32;
const bitDepths: Record<OutputFormat, readonly BitDepth[]> = { wav: [16, 24, 32], flac: [16, 24], f32: [], npy: [] };

/** Where the result of one file goes. */
export interface Planned {
  readonly file: string;
  readonly path: string;
  readonly format: OutputFormat;
}

/** The request makes no sense; the message says which part, and what would. */
export class OutputPlanError extends Error {}

/**
 * `output` is a file, for one input; a folder (it exists, or ends in `/`, or there are several inputs and
 * it has no extension), where results are named after their source; or a pattern with `{name}`, the
 * source's name without extension, and `{ext}`, its extension. Nothing is written yet.
 */
export function planOutputs(files: readonly string[], output: string, format?: OutputFormat): Planned[] {
  const folder = !output.includes('{name}') && isFolder(output, files.length);
  if (folder && !format) throw new OutputPlanError(`--output ${output} is a folder: say --format ${formats.join('|')}`);
  const pattern = folder ? join(output, `{name}.${format}`) : output;
  if (files.length > 1 && !pattern.includes('{name}')) {
    throw new OutputPlanError(
      `${files.length} files cannot all become ${output}: give a folder (--output out/ --format npy) or a pattern (--output 'out/{name}.npy')`,
    );
  }
  const chosen = formatFor(pattern, format);
  const plan = files.map((file) => ({ file, path: fill(pattern, file), format: chosen }));
  refuseClashes(plan, pattern);
  return plan;
}

function isFolder(output: string, inputs: number): boolean {
  if (output.endsWith('/')) return true;
  try {
    return statSync(output).isDirectory();
  } catch {
    // Not there, or not to be reached: then writing says why.
    return inputs > 1 && extname(output) === '';
  }
}

function formatFor(pattern: string, format: OutputFormat | undefined): OutputFormat {
  const extension = extname(pattern).slice(1).toLowerCase();
  const named = formats.find((known) => known === extension);
  if (format && named && format !== named) {
    throw new OutputPlanError(`--format ${format} contradicts the extension of ${pattern}`);
  }
  const chosen = format ?? named;
  if (!chosen)
    throw new OutputPlanError(`Unknown output format: end ${pattern} in .wav, .flac, .f32 or .npy, or say --format`);
  return chosen;
}

/** The bit depth of what is planned; `undefined` is the default of the format. */
export function checkBitDepth(plan: readonly Planned[], bitDepth: BitDepth | undefined): void {
  for (const { format } of plan) {
    const depths = bitDepths[format];
    if (bitDepth !== undefined && !depths.includes(bitDepth)) {
      const expected = depths.length === 0 ? `${format} is always float32` : `${format} has ${depths.join(', ')}`;
      throw new OutputPlanError(`--bit-depth ${bitDepth} does not suit: ${expected}`);
    }
  }
}

function fill(pattern: string, file: string): string {
  const path = isAddress(file) ? addressPath(file) : file;
  const extension = extname(path);
  const fields = { name: basename(path, extension), ext: extension.slice(1) };
  return pattern.replace(/\{(name|ext)\}/g, (_, field: keyof typeof fields) => fields[field]);
}

/** As browsers name a download; the host, if there is no name. */
function addressPath(address: string): string {
  if (!URL.canParse(address)) return 'address';
  const { pathname, hostname } = new URL(address);
  return basename(pathname) === '' ? `${hostname}.` : basename(pathname);
}

function refuseClashes(plan: readonly Planned[], pattern: string): void {
  const sources = new Set(plan.map(({ file }) => identity(file)));
  const taken = new Map<string, string>();
  for (const { file, path } of plan) {
    const key = identity(path);
    if (sources.has(key)) throw new OutputPlanError(`${path} would replace a source: choose another --output`);
    const other = taken.get(key);
    if (other !== undefined) {
      const hint = pattern.includes('{ext}') ? '' : `: try --output '${pattern.replace('{name}', '{name}.{ext}')}'`;
      throw new OutputPlanError(`${other} and ${file} would both become ${path}${hint}`);
    }
    taken.set(key, file);
  }
}

/** The same file under two names of its folder has one identity. */
function identity(path: string): string {
  try {
    return join(realpathSync(dirname(path)), basename(path));
  } catch {
    return resolve(path);
  }
}
