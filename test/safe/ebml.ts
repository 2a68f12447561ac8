/** Elements of Matroska files (RFC 8794), as arrays of bytes. */

export function element(id: number, content: readonly number[], unknownSize = false): number[] {
  // Sizes of eight bytes, whatever they are: allowed, and simple.
  const size = unknownSize
    ? [0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]
    : [0x01, 0, 0, 0, ...bigEndian(content.length, 4)];
  return [...bigEndian(id), ...size].concat(content);
}

export function number(id: number, value: number): number[] {
  return element(id, bigEndian(value));
}

export function float(id: number, value: number): number[] {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return element(id, [...new Uint8Array(view.buffer)]);
}

export const ascii = (characters: string): number[] => [...new TextEncoder().encode(characters)];
export const text = (id: number, characters: string): number[] => element(id, ascii(characters));

export function bigEndian(value: number, bytes?: number): number[] {
  const result: number[] = [];
  for (let rest = value; rest > 0 || result.length < (bytes ?? 1); rest = Math.floor(rest / 256))
    result.unshift(rest % 256);
  return result;
}
