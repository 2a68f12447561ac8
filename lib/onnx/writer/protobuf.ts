/**
 * What the wire format of protocol buffers needs to write a message: https://protobuf.dev/programming-guides/encoding
 */

/** A field of a message, encoded: its key, then its value. */
export type Field = readonly Uint8Array[];

/** Whole numbers, as a varint. Negative ones take ten bytes, as `int64` and `int32` do. */
export function integer(number: number, value: number | bigint): Field {
  return [varint((BigInt(number) << 3n) | 0n), varint(BigInt(value))];
}

/** A `float`. */
export function float(number: number, value: number): Field {
  return [varint((BigInt(number) << 3n) | 5n), new Uint8Array(Float32Array.of(value).buffer)];
}

/** Text, or bytes; they are not copied. */
export function bytes(number: number, value: string | Uint8Array): Field {
  const content = typeof value === 'string' ? Buffer.from(value) : value;
  return [varint((BigInt(number) << 3n) | 2n), varint(BigInt(content.byteLength)), content];
}

/** A message inside another. */
export function message(number: number, ...fields: readonly Field[]): Field {
  const content = fields.flat();
  const length = content.reduce((sum, part) => sum + part.byteLength, 0);
  return [varint((BigInt(number) << 3n) | 2n), varint(BigInt(length)), ...content];
}

/** The bytes of a whole message. */
export function encode(...fields: readonly Field[]): Uint8Array<ArrayBuffer> {
  const parts = fields.flat();
  const encoded = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    encoded.set(part, at);
    at += part.byteLength;
  }
  return encoded;
}

/** Seven bits a byte, the lowest first; all but the last have the eighth bit set. */
function varint(value: bigint): Uint8Array {
  const digits: number[] = [];
  let rest = BigInt.asUintN(64, value);
  while (rest > 0x7fn) {
    digits.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return Uint8Array.of(...digits, Number(rest));
}
