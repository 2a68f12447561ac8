import { ModelInvalidError } from '../errors.js';
import { whisperSpec } from '../features/index.js';
import type { OnnxDType, ValueInfo } from '../onnx/index.js';
import { architectures, towerSpec } from './architecture.js';
import { framesOfChunk } from './lengths.js';
import type { TowerArchitecture, TowerSpec } from './types.js';

/** Inputs and outputs of a model, as stated in its file. */
export interface ModelValues {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
}

/** The names that a model gives to the inputs and outputs of a tower. */
export interface Contract {
  /** float32 `[B, mels, frames]`. */
  readonly features: string;
  /** int64 `[B, frames]`; not every encoder has a mask. */
  readonly mask: string | undefined;
  /** float32 `[B, tokens, dimension]`. */
  readonly embeddings: string;
  /** int64 `[B]`: tokens of each clip. */
  readonly lengths: string | undefined;
}

interface Role {
  readonly name: string;
  readonly dtype: OnnxDType;
  readonly axes: readonly string[];
}

/** Names, types and axes that the export gives them. */
const roles = {
  features: { name: 'input_features', dtype: 'float32', axes: ['batch', 'mels', 'frames'] },
  mask: { name: 'feature_attention_mask', dtype: 'int64', axes: ['batch', 'frames'] },
  embeddings: { name: 'audio_features', dtype: 'float32', axes: ['batch', 'tokens', 'dimension'] },
  lengths: { name: 'audio_feature_lengths', dtype: 'int64', axes: ['batch'] },
} as const satisfies Record<keyof Contract, Role>;

/**
 * Finds the input or output for each role: by its name or, in models from other exporters, as the only one of that type
 * and rank.
 *
 * @throws {ModelInvalidError} An input or output is missing, unknown, or of another type or shape. The message names
 * it.
 */
export function contractOf(model: string, { inputs, outputs }: ModelValues, spec: TowerSpec): Contract {
  const { inputs: wanted, outputs: given } = find(model, { inputs, outputs }, spec.architecture);
  const { features, dimension, tokens } = spec;
  const frames = framesOfChunk(features);
  checkAxes(model, 'input', wanted.features, roles.features, { mels: features.mels, frames });
  checkAxes(model, 'input', wanted.mask, roles.mask, { frames });
  checkAxes(model, 'output', given.embeddings, roles.embeddings, { tokens, dimension });
  checkAxes(model, 'output', given.lengths, roles.lengths, {});
  return {
    features: wanted.features.name,
    mask: wanted.mask?.name,
    embeddings: given.embeddings.name,
    lengths: given.lengths?.name,
  };
}

/**
 * The spec of a model without a descriptor, from the sizes that its file states.
 *
 * @throws {ModelInvalidError} The file does not state them, or no front end has these sizes.
 */
export function specOf(model: string, values: ModelValues, architecture: TowerArchitecture): TowerSpec {
  const { inputs, outputs } = find(model, values, architecture);
  const mels = inputs.features.shape[1];
  if (mels !== 80 && mels !== 128) {
    fail(model, `takes ${mels} mel bins, where 80 and 128 are possible${typeof mels === 'string' ? stated : ''}`);
  }
  const dimension = outputs.embeddings.shape[2];
  if (typeof dimension !== 'number') fail(model, `gives embeddings of width ${dimension}${stated}`);
  return towerSpec(architecture, whisperSpec(mels), dimension);
}

const stated = ': the file does not state a number; export it again, which gives a folder with a descriptor';

interface Found {
  readonly inputs: { readonly features: ValueInfo; readonly mask: ValueInfo | undefined };
  readonly outputs: { readonly embeddings: ValueInfo; readonly lengths: ValueInfo | undefined };
}

function find(model: string, { inputs, outputs }: ModelValues, architecture: TowerArchitecture): Found {
  const features = only(model, 'input', inputs, roles.features);
  const mask = only(model, 'input', inputs, roles.mask);
  const embeddings = only(model, 'output', outputs, roles.embeddings);
  const lengths = only(model, 'output', outputs, roles.lengths);
  if (features === undefined) missing(model, 'input', inputs, roles.features);
  if (embeddings === undefined) missing(model, 'output', outputs, roles.embeddings);
  // Without a mask, such an encoder would treat padding as audio.
  if (mask === undefined && architectures[architecture].endsWithAudio) missing(model, 'input', inputs, roles.mask);
  const unknown = inputs.find((input) => input !== features && input !== mask);
  if (unknown !== undefined) fail(model, `has an input that is not known: ${shownValue(unknown)}`);
  return { inputs: { features, mask }, outputs: { embeddings, lengths } };
}

function only(model: string, kind: Kind, values: readonly ValueInfo[], role: Role): ValueInfo | undefined {
  const named = values.find(({ name }) => name === role.name);
  if (named !== undefined) {
    if (named.dtype !== role.dtype || named.shape.length !== role.axes.length)
      wrong(model, kind, named, shownRole(role));
    return named;
  }
  const alike = values.filter(({ dtype, shape }) => dtype === role.dtype && shape.length === role.axes.length);
  if (alike.length > 1) {
    fail(model, `has several ${kind}s that may be ${shownRole(role)}: ${alike.map(shownValue).join(', ')}`);
  }
  return alike[0];
}

function checkAxes(
  model: string,
  kind: Kind,
  value: ValueInfo | undefined,
  role: Role,
  sizes: Readonly<Record<string, number>>,
): void {
  if (value === undefined) return;
  const expected = role.axes.map((axis) => sizes[axis] ?? axis);
  for (const [i, size] of value.shape.entries()) {
    // A name stands for any size. The batch axis must be a name.
    if (typeof size === 'number' && size !== expected[i]) {
      wrong(model, kind, value, `${role.dtype} [${expected.join(', ')}]`);
    }
  }
}

type Kind = 'input' | 'output';

function missing(model: string, kind: Kind, values: readonly ValueInfo[], role: Role): never {
  const there = values.length === 0 ? 'there is none' : `there are: ${values.map(shownValue).join(', ')}`;
  fail(model, `has no ${kind} ${shownRole(role)}; ${there}`);
}

function wrong(model: string, kind: Kind, value: ValueInfo, expected: string): never {
  fail(model, `has the ${kind} ${shownValue(value)}, which must be ${expected}`);
}

function fail(model: string, problem: string): never {
  throw new ModelInvalidError('ERR_MODEL_INVALID', `the model ${model} ${problem}`);
}

function shownValue({ name, dtype, shape }: ValueInfo): string {
  return `'${name}' ${dtype} [${shape.join(', ')}]`;
}

function shownRole({ name, dtype, axes }: Role): string {
  return `'${name}' ${dtype} [${axes.join(', ')}]`;
}
