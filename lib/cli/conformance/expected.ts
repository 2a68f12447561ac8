import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Expected facts about one file. Missing fields are not compared. */
export interface Expected {
  /** Relative to the folder. */
  readonly file: string;
  readonly decodable: boolean;
  /** The audio decoded at its own rate: Hz, channels, samples per channel. */
  readonly sampleRate?: number;
  readonly channels?: number;
  readonly frames?: number;
  /** The audio as 16 kHz mono (mean, HQ): its length, root mean square, and largest magnitude. */
  readonly frames16k?: number;
  readonly rms16k?: number;
  readonly peak16k?: number;
}

/** The same facts, measured. */
export type Measured = Required<Omit<Expected, 'file' | 'decodable'>>;

export const relativeTolerance = 1e-3;
/** For silence and dither, where a relative tolerance is meaningless. Far below one step of 16-bit audio (3e-5). */
export const absoluteTolerance = 1e-6;

const exact = ['sampleRate', 'channels', 'frames', 'frames16k'] as const;
const close = ['rms16k', 'peak16k'] as const;

/** The differences, in words; empty if there are none. */
export function differences(measured: Measured, expected: Expected): string[] {
  const wrong = [
    ...exact.filter((name) => expected[name] !== undefined && measured[name] !== expected[name]),
    ...close.filter((name) => expected[name] !== undefined && !isClose(measured[name], expected[name])),
  ];
  return wrong.map((name) => `${name} is ${measured[name]}, expected ${expected[name]}`);
}

function isClose(actual: number, expected: number): boolean {
  return Math.abs(actual - expected) <= relativeTolerance * Math.abs(expected) + absoluteTolerance;
}

/** Finds the list of a folder: `expected.json` or `manifest.json` in it, or `expected.json` beside it. */
export async function findExpected(folder: string): Promise<string | null> {
  const places = [
    join(folder, 'expected.json'),
    join(folder, 'manifest.json'),
    join(dirname(join(folder, '.')), 'expected.json'),
  ];
  for (const path of places) {
    const there = await readFile(path).then(
      () => true,
      () => false,
    );
    if (there) return path;
  }
  return null;
}

/**
 * Reads such a list: an array, or an object with an array `files`; entries have `file` (or `path`) and the fields
 * above.
 */
export async function readExpected(path: string): Promise<Expected[]> {
  const json: unknown = JSON.parse(await readFile(path, 'utf8'));
  const list = Array.isArray(json) ? json : (json as { files?: unknown } | null)?.files;
  if (!Array.isArray(list)) throw new Error(`${path}: expected an array, or an object with an array "files"`);
  return list.map((entry, i) => parseEntry(entry, `${path}: entry ${i}`));
}

function parseEntry(entry: unknown, where: string): Expected {
  if (typeof entry !== 'object' || entry === null) throw new Error(`${where} is no object`);
  const fields = entry as Record<string, unknown>;
  const file = fields.file ?? fields.path;
  if (typeof file !== 'string') throw new Error(`${where} has no "file"`);
  const decodable = fields.decodable ?? true;
  if (typeof decodable !== 'boolean') throw new Error(`${where}: "decodable" is no boolean`);
  const numbers = [...exact, ...close].filter((name) => typeof fields[name] === 'number');
  return { file, decodable, ...Object.fromEntries(numbers.map((name) => [name, fields[name]])) };
}
