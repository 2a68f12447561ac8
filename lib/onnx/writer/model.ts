import * as protobuf from './protobuf.js';

/**
 * Writes ONNX models, so that a graph that depends on parameters is made where it is needed instead of shipped. Field
 * numbers are those of `onnx.proto`: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */

/** IR version 10 and operators of set 21 are the newest that ONNX Runtime 1.20 knew already. */
const irVersion = 10;
const opset = 21;

/** TensorProto.DataType; also what the attribute `to` of a Cast takes. */
export const elementTypes = { float32: 1, int32: 6, int64: 7, bool: 9, float16: 10, float64: 11 } as const;
export type ElementType = keyof typeof elementTypes;

/** AttributeProto.AttributeType. */
const attributeTypes = { float: 1, integer: 2, text: 3, integers: 7 } as const;

/** Where the elements of a large initializer are: in a file beside the model. */
export interface ExternalData {
  /** Path of the file, relative to the model. */
  readonly location: string;
  /** Bytes. */
  readonly offset: number;
  readonly length: number;
}

/** A constant. */
export interface Initializer {
  readonly name: string;
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  /** Elements in row-major order, little-endian. */
  readonly data: ArrayBufferView | ExternalData;
}

/** An input or output of the graph. An axis with a name in place of its size may have any size. */
export interface Value {
  readonly name: string;
  readonly dtype: ElementType;
  readonly shape: readonly (number | string)[];
}

/** `float` tells 1 from 1.0: in JavaScript they are the same number. */
export type Attribute = bigint | string | readonly bigint[] | { readonly float: number };

/** One operation. */
export interface Node {
  /** Name of the operator, such as `MatMul`. */
  readonly op: string;
  /** Names of values; `''` where an optional one is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>> | undefined;
}

export interface Graph {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly initializers: readonly Initializer[];
  /** Each after those whose outputs it takes. */
  readonly nodes: readonly Node[];
}

/** The bytes of an `.onnx` file. */
export function writeModel(graph: Graph): Uint8Array<ArrayBuffer> {
  return protobuf.encode(
    protobuf.integer(1, irVersion),
    protobuf.bytes(2, 'cochlea'),
    protobuf.message(
      7,
      ...graph.nodes.map(node),
      protobuf.bytes(2, graph.name),
      ...graph.initializers.map(initializer),
      ...graph.inputs.map((input) => value(11, input)),
      ...graph.outputs.map((output) => value(12, output)),
    ),
    protobuf.message(8, protobuf.bytes(1, ''), protobuf.integer(2, opset)),
  );
}

/** NodeProto. */
function node({ op, inputs, outputs, attributes = {} }: Node): protobuf.Field {
  return protobuf.message(
    1,
    ...inputs.map((name) => protobuf.bytes(1, name)),
    ...outputs.map((name) => protobuf.bytes(2, name)),
    // Messages of ONNX Runtime name the node; its first output is a name that no other has.
    protobuf.bytes(3, outputs[0] ?? op),
    protobuf.bytes(4, op),
    ...Object.entries(attributes).map(([name, each]) => attribute(name, each)),
  );
}

/** AttributeProto. */
function attribute(name: string, content: Attribute): protobuf.Field {
  const typed = (type: number, ...fields: readonly protobuf.Field[]): protobuf.Field =>
    protobuf.message(5, protobuf.bytes(1, name), ...fields, protobuf.integer(20, type));
  if (typeof content === 'bigint') return typed(attributeTypes.integer, protobuf.integer(3, content));
  if (typeof content === 'string') return typed(attributeTypes.text, protobuf.bytes(4, content));
  if ('float' in content) return typed(attributeTypes.float, protobuf.float(2, content.float));
  return typed(attributeTypes.integers, ...content.map((each) => protobuf.integer(8, each)));
}

/** TensorProto. */
function initializer({ name, dtype, shape, data }: Initializer): protobuf.Field {
  return protobuf.message(
    5,
    ...shape.map((size) => protobuf.integer(1, size)),
    protobuf.integer(2, elementTypes[dtype]),
    protobuf.bytes(8, name),
    ...(ArrayBuffer.isView(data)
      ? [protobuf.bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))]
      : [...Object.entries(data).map(([key, each]) => externalEntry(key, each)), protobuf.integer(14, 1)]),
  );
}

/** StringStringEntryProto. */
function externalEntry(key: string, content: string | number): protobuf.Field {
  return protobuf.message(13, protobuf.bytes(1, key), protobuf.bytes(2, String(content)));
}

/** ValueInfoProto. */
function value(number: number, { name, dtype, shape }: Value): protobuf.Field {
  const axes = shape.map((size) =>
    protobuf.message(1, typeof size === 'number' ? protobuf.integer(1, size) : protobuf.bytes(2, size)),
  );
  const tensor = protobuf.message(1, protobuf.integer(1, elementTypes[dtype]), protobuf.message(2, ...axes));
  return protobuf.message(number, protobuf.bytes(1, name), protobuf.message(2, tensor));
}
