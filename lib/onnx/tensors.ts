import { shown, typeError } from '../checks.js';
import { ModelInvalidError } from '../errors.js';
import { checkAttached } from '../native/memory.js';
import { isOfType, type Tensor, typedArrays } from '../tensors/tensor.js';
import { type OnnxTensors, onnxDTypes, type ValueInfo } from './types.js';

/** Checks the inputs of a run against those of the model. TypeErrors and RangeErrors name the input. */
export function checkInputs(inputs: OnnxTensors, model: readonly ValueInfo[]): void {
  if (typeof inputs !== 'object' || inputs === null) throw typeError('inputs', 'an object', inputs);
  for (const name of Object.keys(inputs)) {
    if (!model.some((input) => input.name === name)) {
      throw new TypeError(`the model has no input '${name}'; it has: ${model.map((input) => input.name).join(', ')}`);
    }
  }
  for (const input of model) checkInput(inputs[input.name], input);
}

function checkInput(tensor: Tensor | undefined, { name, dtype, shape }: ValueInfo): void {
  const title = `inputs.${name}`;
  if (typeof tensor !== 'object' || tensor === null) throw typeError(title, 'a tensor', tensor);
  if (tensor.dtype !== dtype) throw new TypeError(`${title} must be ${dtype}, got ${shown(tensor.dtype)}`);
  const { data } = tensor;
  const TypedArray = typedArrays[dtype];
  if (!isOfType[dtype](data)) throw typeError(`${title}.data`, `a ${TypedArray.name}`, data);
  checkAttached(`${title}.data`, data.buffer);
  if (!Array.isArray(tensor.shape) || !tensor.shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw typeError(`${title}.shape`, 'an array of whole numbers', tensor.shape);
  }
  const given = shapeText(tensor.shape);
  if (tensor.shape.length !== shape.length) {
    throw new RangeError(`${title} must have the shape ${shapeText(shape)}, got ${given}`);
  }
  for (const [axis, size] of shape.entries()) {
    if (typeof size === 'number' && tensor.shape[axis] !== size) {
      throw new RangeError(`${title} must have the shape ${shapeText(shape)}, got ${given}`);
    }
  }
  const elements = tensor.shape.reduce((product, size) => product * size, 1);
  if (data.length !== elements) {
    throw new RangeError(`${title}.data must have ${elements} elements for the shape ${given}, got ${data.length}`);
  }
}

function shapeText(shape: readonly (number | string)[]): string {
  return `[${shape.join(', ')}]`;
}

/**
 * The same tensors in memory that can be transferred to another thread, and the list of buffers to transfer. A tensor
 * with its own buffer is moved. A tensor is copied if it is a view into a larger buffer, shares its buffer with another
 * tensor, or its memory is not V8's.
 */
export function toTransfer(tensors: OnnxTensors): { readonly moved: OnnxTensors; readonly list: ArrayBuffer[] } {
  const owners = new Map<ArrayBufferLike, number>();
  for (const { data } of Object.values(tensors)) owners.set(data.buffer, (owners.get(data.buffer) ?? 0) + 1);
  const moved: Record<string, Tensor> = {};
  const list: ArrayBuffer[] = [];
  for (const [name, { data, shape, dtype }] of Object.entries(tensors)) {
    const whole = data.byteLength === data.buffer.byteLength && owners.get(data.buffer) === 1;
    const own = (whole ? move(data) : undefined) ?? copy(data);
    moved[name] = { data: own, shape: [...shape], dtype };
    list.push(own.buffer as ArrayBuffer);
  }
  return { moved, list };
}

/** `undefined` if the memory cannot be moved. (Node 20 and 22 then make a copy themselves.) */
function move(data: ArrayBufferView): ArrayBufferView | undefined {
  try {
    return structuredClone(data, { transfer: [data.buffer as ArrayBuffer] });
  } catch {
    return undefined;
  }
}

function copy(data: ArrayBufferView): ArrayBufferView {
  return (data as Uint8Array).slice();
}

/** @throws {ModelInvalidError} The value has a type that Cochlea does not support. */
export function valueInfo(
  direction: 'input' | 'output',
  value: { readonly name: string; readonly type?: string; readonly shape?: readonly (number | string)[] },
): ValueInfo {
  const { name, type, shape } = value;
  const dtype = onnxDTypes.find((known) => known === type);
  if (dtype === undefined || shape === undefined) {
    throw new ModelInvalidError(
      'ERR_MODEL_INVALID',
      `the ${direction} '${name}' is of type ${type ?? 'sequence, map or optional'}; supported are tensors of ${onnxDTypes.join(', ')}`,
    );
  }
  return { name, dtype, shape: [...shape] };
}
