import { SourceError } from '../errors.js';

/** The bytes of an audio file, which are read again for each try. */
export type Bytes = Uint8Array | Blob;

/** A multiple of three, so that the texts of two blocks can be joined. */
const blockBytes = 768 * 1024;

/** JSON with audio files in it, as base64: it is made while it is sent, so that no file is in memory as a text. */
export class JsonBody {
  readonly #parts: readonly (string | Bytes)[];

  constructor(parts: readonly (string | Bytes)[]) {
    this.#parts = parts;
  }

  /** Bytes. */
  get length(): number {
    return this.#parts.reduce((sum, part) => sum + lengthOf(part), 0);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string, void> {
    for (const part of this.#parts) {
      if (typeof part === 'string') yield part;
      else yield* base64Of(part);
    }
  }
}

function lengthOf(part: string | Bytes): number {
  if (typeof part === 'string') return Buffer.byteLength(part);
  return Math.ceil(sizeOf(part) / 3) * 4;
}

function sizeOf(bytes: Bytes): number {
  return bytes instanceof Uint8Array ? bytes.length : bytes.size;
}

async function* base64Of(bytes: Bytes): AsyncGenerator<string, void> {
  const size = sizeOf(bytes);
  for (let start = 0; start < size; start += blockBytes) {
    const block = await blockOf(bytes, start, Math.min(start + blockBytes, size));
    yield Buffer.from(block.buffer, block.byteOffset, block.length).toString('base64');
  }
}

async function blockOf(bytes: Bytes, start: number, end: number): Promise<Uint8Array> {
  if (bytes instanceof Uint8Array) return bytes.subarray(start, end);
  try {
    return new Uint8Array(await bytes.slice(start, end).arrayBuffer());
  } catch (cause) {
    // The Blob of a file that changed.
    throw new SourceError('ERR_AUDIO_SOURCE', 'the Blob of a clip cannot be read', { cause });
  }
}
