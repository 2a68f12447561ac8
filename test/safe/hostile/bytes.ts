import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Bytes of headers, by the words of their specifications. */

/** A file whose header makes a reader pay more than its bytes are worth. */
export interface HostileHeader {
  readonly name: string;
  /** About this many bytes, or fewer where the header needs no more. */
  readonly make: (size: number) => Buffer;
  /** That it holds as many packets as bytes, which cost what packets cost. */
  readonly ofPackets?: boolean;
  /** That opening takes longer the larger it is: for what has to end in between. */
  readonly grows?: boolean;
}

const formats = fileURLToPath(new URL('../../fixtures/formats/', import.meta.url));

export const fixture = (name: string): Buffer => readFileSync(formats + name);
export const ascii = (text: string): Buffer => Buffer.from(text, 'latin1');

/** Bytes, or a list of them, too long for a call of as many arguments. */
export type Content = readonly (Uint8Array | readonly Uint8Array[])[];
export const join = (...content: Content): Buffer => Buffer.concat(content.flat() as Uint8Array[]);

export function be(value: number, bytes = 4): Buffer {
  const result = Buffer.alloc(bytes);
  for (let i = bytes - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256)) result[i] = rest % 256;
  return result;
}

export const le = (value: number, bytes = 4): Buffer => Buffer.from(be(value, bytes).reverse());

/** As many copies as fit into `size` bytes. */
export function filled(size: number, one: Uint8Array): Buffer {
  return Buffer.alloc(Math.floor(size / one.length) * one.length, one);
}

/** Parts that differ, `first` to `last`, of which `size` bytes are to come: the size of the first tells how many. */
export function parts(size: number, make: (index: number) => Buffer): Buffer[] {
  return Array.from({ length: Math.floor(size / make(0).length) }, (_, i) => make(i));
}

/** A chunk of RIFF: four letters, the size, little-endian, padded to an even number. */
export function riff(id: string, ...content: Content): Buffer {
  const body = join(...content);
  return join(ascii(id), le(body.length), body, Buffer.alloc(body.length % 2));
}

/** One of IFF, big-endian. */
export function iff(id: string, ...content: Content): Buffer {
  const body = join(...content);
  return join(ascii(id), be(body.length), body, Buffer.alloc(body.length % 2));
}
