import { readFile, stat } from 'node:fs/promises';
import { basename, isAbsolute, join } from 'node:path';
import { shown } from '../checks.js';
import { ModelInvalidError } from '../errors.js';
import { type FeatureSpec, whisperSpec } from '../features/index.js';
import { architectureNames, towerSpec } from './architecture.js';
import type { TowerArchitecture, TowerPrecision, TowerSpec } from './types.js';

/** The name of the descriptor in a folder of models. */
export const descriptorName = 'cochlea.json';

/** The version of the descriptor that this code reads. */
const format = 1;

/** In order of preference. */
const precisions: readonly TowerPrecision[] = ['fp32', 'fp16', 'int8'];

/** One model of a folder. */
export interface TowerVariant {
  readonly precision: TowerPrecision;
  /** Path of the `.onnx` file. */
  readonly model: string;
  /** SHA-256 in hexadecimal of each of its files, by path. */
  readonly digests: ReadonlyMap<string, string>;
}

/** The contents of `cochlea.json`, which describes a folder of models. */
export interface TowerDescriptor {
  readonly spec: TowerSpec;
  /** At least one, in order of preference. */
  readonly variants: readonly TowerVariant[];
}

/**
 * Reads the descriptor of a folder of models.
 *
 * Note [Untrusted descriptors]: a folder may come from anybody and contain anything. So every field is checked before
 * it is used, no path may lead out of the folder, and the hashes show whether the models are those that were exported.
 *
 * @throws {ModelInvalidError} The descriptor is missing, too large, not JSON, or of another version, or a field is
 * wrong. The message names it.
 */
export async function readDescriptor(folder: string): Promise<TowerDescriptor> {
  const path = join(folder, descriptorName);
  const text = await read(path, folder);
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch (cause) {
    throw new ModelInvalidError('ERR_MODEL_INVALID', `${path} is not JSON: ${(cause as Error).message}`, { cause });
  }
  return new Reader(path, folder).descriptor(root);
}

const largestDescriptor = 1024 ** 2;

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

type Fields = Readonly<Record<string, unknown>>;

class Reader {
  readonly #path: string;
  readonly #folder: string;

  constructor(path: string, folder: string) {
    this.#path = path;
    this.#folder = folder;
  }

  descriptor(root: unknown): TowerDescriptor {
    const fields = this.#object('', root);
    // Checked first: in another version, the fields may have other meanings.
    if (fields.format !== format)
      this.#fail('format', `${format}, the one that this version of Cochlea reads`, fields.format);
    const { architecture } = fields;
    if (!isArchitecture(architecture)) this.#fail('architecture', oneOf(architectureNames), architecture);
    const features = this.#features(fields.features);
    const spec = towerSpec(architecture, features, this.#count('dimension', fields.dimension));
    if (fields.tokens !== spec.tokens) this.#fail('tokens', `${spec.tokens} for ${architecture}`, fields.tokens);
    return { spec, variants: this.#variants(fields.variants) };
  }

  /** So far there is one front end, in two sizes. No other can be computed. */
  #features(value: unknown): FeatureSpec {
    const fields = this.#object('features', value);
    const { mels } = fields;
    if (mels !== 80 && mels !== 128) this.#fail('features.mels', '80 or 128', mels);
    const spec = whisperSpec(mels);
    for (const [name, expected] of Object.entries(spec)) {
      if (fields[name] !== expected) this.#fail(`features.${name}`, String(expected), fields[name]);
    }
    return spec;
  }

  #variants(value: unknown): TowerVariant[] {
    const fields = this.#object('variants', value);
    const found = precisions.filter((precision) => Object.hasOwn(fields, precision));
    if (found.length === 0) this.#fail('variants', `an object with ${oneOf(precisions)}`, value);
    return found.map((precision) => this.#variant(precision, fields[precision]));
  }

  #variant(precision: TowerPrecision, value: unknown): TowerVariant {
    const name = `variants.${precision}`;
    const { model, files } = this.#object(name, value);
    const digests = Object.entries(this.#object(`${name}.files`, files)).map(([file, digest]) => {
      if (typeof digest !== 'string' || !/^[0-9a-f]{64}$/.test(digest)) {
        this.#fail(`${name}.files[${shown(file)}]`, 'a SHA-256 in hexadecimal', digest);
      }
      return [this.#inside(`${name}.files`, file), digest] as const;
    });
    const path = this.#inside(`${name}.model`, model);
    if (!digests.some(([file]) => file === path)) this.#fail(`${name}.model`, `one of ${name}.files`, model);
    return { precision, model: path, digests: new Map(digests) };
  }

  /** All files of an export lie in the folder of its descriptor. */
  #inside(name: string, file: unknown): string {
    const plain = typeof file === 'string' && file !== '' && file !== '.' && file !== '..' && !isAbsolute(file);
    if (!plain || basename(file) !== file || /[\\\0]/.test(file)) {
      this.#fail(name, 'the name of a file in the same folder', file);
    }
    return join(this.#folder, file);
  }

  #object(name: string, value: unknown): Fields {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) this.#fail(name, 'an object', value);
    return value as Fields;
  }

  #count(name: string, value: unknown): number {
    if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > 2 ** 20) {
      this.#fail(name, `a whole number from 1 to ${2 ** 20}`, value);
    }
    return value as number;
  }

  #fail(name: string, expected: string, value: unknown): never {
    const what = name === '' ? '' : ` ${name}`;
    const given = value === undefined ? 'there is none' : `got ${shown(value)}`;
    throw new ModelInvalidError('ERR_MODEL_INVALID', `${this.#path}:${what} must be ${expected}, ${given}`);
  }
}

function oneOf(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(' or ');
}

function isArchitecture(value: unknown): value is TowerArchitecture {
  return (architectureNames as readonly unknown[]).includes(value);
}
