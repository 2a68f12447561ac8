import { readFile, stat } from 'node:fs/promises';
import { basename, isAbsolute, join } from 'node:path';
import { shown } from '../checks.js';
import { ModelInvalidError } from '../errors.js';

/** The name of the descriptor in a folder of models. */
const descriptorName = 'cochlea.json';

const largestDescriptor = 1024 ** 2;

/** An object of the descriptor. */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads the fields of a folder's descriptor.
 *
 * Note [Untrusted descriptors]: a folder may come from anybody and contain anything. So every field is checked before
 * it is used, no path may lead out of the folder, and the hashes show whether the models are those that were exported.
 * Every function throws a `ModelInvalidError` that names the field.
 */
export class DescriptorReader {
  readonly folder: string;
  /** The contents. */
  readonly root: Fields;
  readonly #path: string;

  private constructor(folder: string, path: string, root: unknown) {
    this.folder = folder;
    this.#path = path;
    this.root = this.object('', root);
  }

  /** @throws {ModelInvalidError} It is missing, too large, or not JSON. */
  static async open(folder: string): Promise<DescriptorReader> {
    const path = join(folder, descriptorName);
    const text = await read(path, folder);
    let root: unknown;
    try {
      root = JSON.parse(text);
    } catch (cause) {
      throw new ModelInvalidError('ERR_MODEL_INVALID', `${path} is not JSON: ${(cause as Error).message}`, { cause });
    }
    return new DescriptorReader(folder, path, root);
  }

  object(name: string, value: unknown): Fields {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) this.fail(name, 'an object', value);
    return value as Fields;
  }

  /** A whole number from `least` to 2^20. */
  count(name: string, value: unknown, least = 1): number {
    if (!Number.isInteger(value) || (value as number) < least || (value as number) > 2 ** 20) {
      this.fail(name, `a whole number from ${least} to ${2 ** 20}`, value);
    }
    return value as number;
  }

  /** The path of a file. All files of an export lie in the folder of its descriptor. */
  inside(name: string, file: unknown): string {
    const plain = typeof file === 'string' && file !== '' && file !== '.' && file !== '..' && !isAbsolute(file);
    if (!plain || basename(file) !== file || /[\\\0]/.test(file)) {
      this.fail(name, 'the name of a file in the same folder', file);
    }
    return join(this.folder, file);
  }

  /** A SHA-256. */
  digest(name: string, value: unknown): string {
    if (typeof value !== 'string' || !/^[0-9a-f]{64}$/.test(value)) this.fail(name, 'a SHA-256 in hexadecimal', value);
    return value as string;
  }

  /** Files by their paths, and the SHA-256 of each. */
  digests(name: string, value: unknown): ReadonlyMap<string, string> {
    const entries = Object.entries(this.object(name, value));
    return new Map(
      entries.map(([file, digest]) => [this.inside(name, file), this.digest(`${name}[${shown(file)}]`, digest)]),
    );
  }

  fail(name: string, expected: string, value: unknown): never {
    const what = name === '' ? '' : ` ${name}`;
    const given = value === undefined ? 'there is none' : `got ${shown(value)}`;
    throw new ModelInvalidError('ERR_MODEL_INVALID', `${this.#path}:${what} must be ${expected}, ${given}`);
  }
}

async function read(path: string, folder: string): Promise<string> {
  let problem: string;
  try {
    const file = await stat(path);
    if (file.isFile() && file.size <= largestDescriptor) return await readFile(path, 'utf8');
    problem = file.isFile() ? `is larger than ${largestDescriptor} bytes` : 'is not a regular file';
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is none' : (cause as Error).message;
    throw new ModelInvalidError('ERR_MODEL_INVALID', `${folder} needs ${descriptorName}: ${why}`, { cause });
  }
  throw new ModelInvalidError('ERR_MODEL_INVALID', `${path} ${problem}`);
}
