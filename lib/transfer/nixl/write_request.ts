/**
 * The message with which Dynamo's NixlWriteEmbeddingReceiver asks for a tensor, in MessagePack
 * (https://github.com/msgpack/msgpack/blob/master/spec.md): [id of the tensor, [address, bytes, device, kind of memory],
 * what it wants to hear, its metadata].
 */

/** Where a peer wants a tensor. */
export interface WriteRequest {
  readonly tensor: number;
  readonly address: number;
  readonly bytes: number;
  readonly device: number;
  readonly memory: 'cpu' | 'cuda';
  /** The peer expects its decimal digits. */
  readonly done: number;
  readonly metadata: Uint8Array;
}

/** `undefined` for anything else: a peer may send what it likes. */
export function parseWriteRequest(message: Uint8Array): WriteRequest | undefined {
  const reader = new Reader(Buffer.from(message.buffer, message.byteOffset, message.byteLength));
  try {
    const value = reader.value(2);
    return reader.ended ? requestOf(value) : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function requestOf(value: Value): WriteRequest | undefined {
  if (!Array.isArray(value) || value.length !== 4) return undefined;
  const [tensor, place, done, metadata] = value;
  if (!Array.isArray(place) || place.length !== 4 || !(metadata instanceof Uint8Array)) return undefined;
  const [address, bytes, device, memory] = place;
  if (memory !== 'cpu' && memory !== 'cuda') return undefined;
  const numbers = [tensor, address, bytes, device, done];
  if (!numbers.every((each): each is number => Number.isSafeInteger(each))) return undefined;
  return { tensor, address, bytes, device, memory, done, metadata } as WriteRequest;
}

type Value = number | string | Uint8Array | Value[];

/** Whole numbers, texts, bytes and arrays of them. Throws RangeError at anything else, and at the end of the bytes. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get ended(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** `depth`: how many arrays may lie in each other. */
  value(depth: number): Value {
    const type = this.#number(1);
    if (type <= 0x7f) return type;
    if (type >= 0xa0 && type <= 0xbf) return this.#take(type & 31).toString();
    if (type >= 0x90 && type <= 0x9f && depth > 0)
      return Array.from({ length: type & 15 }, () => this.value(depth - 1));
    if (type >= 0xcc && type <= 0xcf) return this.#number(2 ** (type - 0xcc));
    if (type >= 0xc4 && type <= 0xc6) return this.#take(this.#number(2 ** (type - 0xc4)));
    if (type >= 0xd9 && type <= 0xdb) return this.#take(this.#number(2 ** (type - 0xd9))).toString();
    throw new RangeError(`nothing of type ${type} is expected`);
  }

  /** Big-endian, without a sign. */
  #number(bytes: number): number {
    const taken = this.#take(bytes);
    return bytes === 8 ? Number(taken.readBigUInt64BE()) : taken.readUIntBE(0, bytes);
  }

  #take(count: number): Buffer {
    const taken = this.#bytes.subarray(this.#at, this.#at + count);
    if (taken.length < count) throw new RangeError('the message is cut');
    this.#at += count;
    return taken;
  }
}
