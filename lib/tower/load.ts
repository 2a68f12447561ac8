import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { shown, typeError } from '../checks.js';
import { ModelInvalidError } from '../errors.js';
import { OnnxSession } from '../onnx/index.js';
import { isURL } from '../realm.js';
import { architectureNames } from './architecture.js';
import { type Contract, contractOf, specOf } from './contract.js';
import { readDescriptor, type TowerVariant } from './descriptor.js';
import type { TowerOptions, TowerPrecision, TowerSpec } from './types.js';
import { checkFiles, verifyFiles } from './verify.js';

/** A loaded model, and the facts about it. */
export interface TowerModel {
  readonly session: OnnxSession;
  readonly contract: Contract;
  readonly spec: TowerSpec;
  /** Path of the `.onnx` file. */
  readonly model: string;
  /** `undefined` for a file without a descriptor. */
  readonly precision: TowerPrecision | undefined;
  /** SHA-256 over those of the files; `undefined` of a file without a descriptor. */
  readonly digest: string | undefined;
}

/** @throws {TypeError} `path` is of the wrong type. */
export function checkPath(path: string | URL): string {
  if (typeof path === 'string') return path;
  if (isURL(path) && path.protocol === 'file:') return fileURLToPath(path);
  throw typeError('path', "a path or a 'file:' URL", path);
}

/** Loads from a folder with `cochlea.json`, or a single file. */
export async function loadModel(path: string, options: TowerOptions): Promise<TowerModel> {
  return (await isFolder(path)) ? fromFolder(path, options) : fromFile(path, options);
}

async function fromFolder(folder: string, options: TowerOptions): Promise<TowerModel> {
  const { architecture, precision, verify = true } = options;
  if (architecture !== undefined)
    throw new TypeError('options.architecture goes with a single .onnx file, not a folder');
  const { spec, variants } = await readDescriptor(folder);
  const variant = chosen(folder, variants, precision);
  await checkFiles(variant.digests.keys());
  if (verify) await verifyFiles(variant.digests);
  const { model } = variant;
  return open(model, options, (session) => {
    const { precision, digests } = variant;
    return { session, contract: contractOf(model, session, spec), spec, model, precision, digest: joint(digests) };
  });
}

async function fromFile(model: string, options: TowerOptions): Promise<TowerModel> {
  const { architecture, precision } = options;
  if (architecture === undefined) {
    throw new TypeError(
      `options.architecture must say what the model ${model} is, ${architectureNames.map(shown).join(' or ')}: ` +
        'a file without cochlea.json does not. Or give the folder that holds cochlea.json',
    );
  }
  if (precision !== undefined) throw new TypeError('options.precision goes with a folder, not a single .onnx file');
  await checkFiles([model]);
  return open(model, options, (session) => {
    const spec = specOf(model, session, architecture);
    return { session, contract: contractOf(model, session, spec), spec, model, precision, digest: undefined };
  });
}

async function open(
  model: string,
  { provider, deviceId, threads }: TowerOptions,
  describe: (session: OnnxSession) => TowerModel,
): Promise<TowerModel> {
  const session = await OnnxSession.open(model, { provider, deviceId, threads });
  try {
    return describe(session);
  } catch (error) {
    await session.close();
    throw error;
  }
}

function chosen(
  folder: string,
  variants: readonly TowerVariant[],
  precision: TowerPrecision | undefined,
): TowerVariant {
  const variant = variants.find((each) => precision === undefined || each.precision === precision);
  if (variant !== undefined) return variant;
  throw new ModelInvalidError(
    'ERR_MODEL_INVALID',
    `${folder} has no ${precision} model; it has ${variants.map((each) => each.precision).join(', ')}`,
  );
}

/** One hash for all files of a model, wherever they lie. */
function joint(digests: ReadonlyMap<string, string>): string {
  return createHash('sha256')
    .update([...digests.values()].sort().join('\n'))
    .digest('hex');
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const why = missing ? 'there is no such file or folder' : (cause as Error).message;
    throw new ModelInvalidError('ERR_MODEL_INVALID', `the model ${path} cannot be read: ${why}`, { cause });
  }
}
