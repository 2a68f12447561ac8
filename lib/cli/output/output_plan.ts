import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { checkStreamOptions } from '../../encode/inner.js';
import { isAddress } from '../sources.js';
import { isStandardInput, isStandardOutput } from '../standard_streams.js';

export const formats = ['wav', 'flac', 'mp3', 'opus', 'aac', 'f32', 'npy'] as const;
export type OutputFormat = (typeof formats)[number];

export type BitDepth = 16 | 24 | 32;
const bitDepths: Partial<Record<OutputFormat, readonly BitDepth[]>> = {
  wav: [16, 24, 32],
  flac: [16, 24],
  f32: [],
  npy: [],
};

/** Output path and format of one file. */
export interface Planned<Format extends string = OutputFormat> {
  readonly file: string;
  readonly path: string;
  readonly format: Format;
}

/** The options contradict each other. The message names the mistake, and valid options. */
export class OutputPlanError extends Error {}

/** Standard input can be read only once. */
function checkInputs(files: readonly string[]): void {
  if (files.filter(isStandardInput).length > 1) throw new OutputPlanError('standard input can be read only once');
}

/**
 * `output` is a file, for one input; a folder (it exists, or ends in `/`, or there are several inputs and
 * it has no extension), where results are named after their source; or a pattern with `{name}`, the
 * source's name without extension, and `{ext}`, its extension; or `-`, standard output, for one input. Nothing is
 * written yet.
 */
export function planOutputs<Format extends string>(
  files: readonly string[],
  output: string,
  format: Format | undefined,
  known: readonly Format[],
): Planned<Format>[] {
  checkInputs(files);
  const folder = isFolderFor(files, output);
  if (folder && !format) throw new OutputPlanError(`--output ${output} is a folder: say --format ${known.join('|')}`);
  const pattern = folder ? join(output, `{name}.${format}`) : output;
  if (files.length > 1 && !pattern.includes('{name}')) {
    throw new OutputPlanError(
      `${files.length} files cannot all become ${output}: give a folder (--output out/ --format npy) or a pattern (--output 'out/{name}.npy')`,
    );
  }
  const chosen = formatFor(pattern, format, known);
  const plan = files.map((file) => ({ file, path: fill(pattern, file), format: chosen }));
  refuseClashes(plan, pattern);
  return plan;
}

export const tensorFormats = ['npy', 'safetensors'] as const;
export type TensorFormat = (typeof tensorFormats)[number];

/** Output of tensors: a file for each source, or one safetensors file for all. */
export interface TensorPlan {
  readonly outputs: readonly Planned<TensorFormat>[];
  readonly together: boolean;
}

/** As `planOutputs`, except that one `.safetensors` file can hold several sources. */
export function planTensors(files: readonly string[], output: string, format?: TensorFormat): TensorPlan {
  checkInputs(files);
  const together = files.length > 1 && !isFolderFor(files, output) && !output.includes('{name}');
  if (!together) return { outputs: planOutputs(files, output, format, tensorFormats), together };
  const chosen = formatFor(output, format, tensorFormats);
  if (chosen !== 'safetensors') {
    throw new OutputPlanError(
      `an npy file holds one array: for ${files.length} files end ${output} in .safetensors, or give a pattern (--output 'out/{name}.npy')`,
    );
  }
  const outputs = files.map((file) => ({ file, path: output, format: chosen }));
  refuseSources(files, output);
  return { outputs, together };
}

function isFolderFor(files: readonly string[], output: string): boolean {
  return !isStandardOutput(output) && !output.includes('{name}') && isFolder(output, files.length);
}

function isFolder(output: string, inputs: number): boolean {
  if (output.endsWith('/')) return true;
  try {
    return statSync(output).isDirectory();
  } catch {
    // It does not exist or cannot be reached. Writing will report that.
    return inputs > 1 && extname(output) === '';
  }
}

function formatFor<Format extends string>(
  pattern: string,
  format: Format | undefined,
  known: readonly Format[],
): Format {
  const extension = extname(pattern).slice(1).toLowerCase();
  const named = known.find((each) => each === extension);
  if (format && named && format !== named) {
    throw new OutputPlanError(`--format ${format} contradicts the extension of ${pattern}`);
  }
  const chosen = format ?? named;
  if (!chosen) {
    const ends = known.map((each) => `.${each}`).join(', ');
    if (isStandardOutput(pattern)) throw new OutputPlanError(`Say --format ${known.join('|')} for standard output`);
    throw new OutputPlanError(`Unknown output format: end ${pattern} in one of ${ends}, or say --format`);
  }
  return chosen;
}

/** Checks the bit depth of the planned outputs. `undefined` is the default of the format. */
export function checkBitDepth(plan: readonly Planned[], bitDepth: BitDepth | undefined): void {
  for (const { format } of plan) {
    const depths = bitDepths[format];
    if (bitDepth !== undefined && !depths?.includes(bitDepth)) {
      const has = depths === undefined ? 'a --bit-rate instead' : depths.join(', ');
      const expected = depths?.length === 0 ? `${format} is always float32` : `${format} has ${has}`;
      throw new OutputPlanError(`--bit-depth ${bitDepth} does not suit: ${expected}`);
    }
  }
}

/**
 * Checks the bit rate of the planned outputs. `undefined` is the default of the format.
 *
 * @throws {RangeError} The format does not have it.
 */
export function checkBitRate(plan: readonly Planned[], bitRate: number | undefined): void {
  if (bitRate === undefined) return;
  for (const { format } of plan) {
    if (format === 'f32' || format === 'npy') {
      throw new OutputPlanError(`--bit-rate ${bitRate} does not suit: ${format} is always float32`);
    }
    checkStreamOptions({ format, bitRate });
  }
}

function fill(pattern: string, file: string): string {
  const path = isAddress(file) ? addressPath(file) : isStandardInput(file) ? 'stdin' : file;
  const extension = extname(path);
  const fields = { name: basename(path, extension), ext: extension.slice(1) };
  return pattern.replace(/\{(name|ext)\}/g, (_, field: keyof typeof fields) => fields[field]);
}

/** Names an address as browsers name a download; after the host, if the path has no name. */
function addressPath(address: string): string {
  if (!URL.canParse(address)) return 'address';
  const { pathname, hostname } = new URL(address);
  return basename(pathname) === '' ? `${hostname}.` : basename(pathname);
}

function refuseSources(files: readonly string[], path: string): void {
  if (isStandardOutput(path)) return;
  const key = identity(path);
  if (files.some((file) => identity(file) === key)) {
    throw new OutputPlanError(`${path} would replace a source: choose another --output`);
  }
}

function refuseClashes(plan: readonly Planned<string>[], pattern: string): void {
  if (isStandardOutput(pattern)) return;
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

/** Identity of a file, which is the same for different paths of its folder. */
function identity(path: string): string {
  try {
    return join(realpathSync(dirname(path)), basename(path));
  } catch {
    return resolve(path);
  }
}
