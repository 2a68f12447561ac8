import { type FeatureSpec, whisperSpec } from '../features/index.js';
import { architectureNames, towerSpec } from './architecture.js';
import { DescriptorReader } from './descriptor_reader.js';
import type { TowerArchitecture, TowerPrecision, TowerSpec } from './types.js';

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
 * Reads the descriptor of a folder of models: Note [Untrusted descriptors].
 *
 * @throws {ModelInvalidError} The descriptor is missing, too large, not JSON, or of another version, or a field is
 * wrong. The message names it.
 */
export async function readDescriptor(folder: string): Promise<TowerDescriptor> {
  const reader: DescriptorReader = await DescriptorReader.open(folder);
  const { root } = reader;
  // Checked first: in another version, the fields may have other meanings.
  if (root.format !== format) {
    reader.fail('format', `${format}, the one that this version of Cochlea reads`, root.format);
  }
  const { architecture } = root;
  if (!isArchitecture(architecture)) reader.fail('architecture', oneOf(architectureNames), architecture);
  const features = featuresOf(reader);
  const spec = towerSpec(architecture, features, reader.count('dimension', root.dimension));
  if (root.tokens !== spec.tokens) reader.fail('tokens', `${spec.tokens} for ${architecture}`, root.tokens);
  return { spec, variants: variantsOf(reader) };
}

/** So far there is one front end, in two sizes. No other can be computed. */
function featuresOf(reader: DescriptorReader): FeatureSpec {
  const fields = reader.object('features', reader.root.features);
  const { mels } = fields;
  if (mels !== 80 && mels !== 128) reader.fail('features.mels', '80 or 128', mels);
  const spec = whisperSpec(mels);
  for (const [name, expected] of Object.entries(spec)) {
    if (fields[name] !== expected) reader.fail(`features.${name}`, String(expected), fields[name]);
  }
  return spec;
}

function variantsOf(reader: DescriptorReader): TowerVariant[] {
  const fields = reader.object('variants', reader.root.variants);
  const found = precisions.filter((precision) => Object.hasOwn(fields, precision));
  if (found.length === 0) reader.fail('variants', `an object with ${oneOf(precisions)}`, reader.root.variants);
  return found.map((precision) => variantOf(reader, precision, fields[precision]));
}

function variantOf(reader: DescriptorReader, precision: TowerPrecision, value: unknown): TowerVariant {
  const name = `variants.${precision}`;
  const { model, files } = reader.object(name, value);
  const digests = reader.digests(`${name}.files`, files);
  const path = reader.inside(`${name}.model`, model);
  if (!digests.has(path)) reader.fail(`${name}.model`, `one of ${name}.files`, model);
  return { precision, model: path, digests };
}

function oneOf(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(' or ');
}

function isArchitecture(value: unknown): value is TowerArchitecture {
  return (architectureNames as readonly unknown[]).includes(value);
}
