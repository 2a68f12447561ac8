import { randomUUID } from 'node:crypto';
import type { PostBody } from '../../services/send.js';
import type { UploadForm } from './channel.js';

/** A form as bytes (RFC 7578). It can be sent again. */
export class FormBody implements PostBody {
  readonly contentType: string;
  readonly #pieces: readonly (string | Uint8Array)[];

  constructor({ file, fields }: UploadForm) {
    const edge = `cochlea-${randomUUID()}`;
    const head = (name: string, more = ''): string =>
      `--${edge}\r\ncontent-disposition: form-data; name="${quoted(name)}"${more}\r\n`;
    const plain = flat(fields).map(([name, value]) => `${head(name)}\r\n${value}\r\n`);
    this.contentType = `multipart/form-data; boundary=${edge}`;
    this.#pieces = [
      ...plain,
      `${head('file', `; filename="${quoted(file.name)}"`)}content-type: ${file.mediaType}\r\n\r\n`,
      file.bytes,
      `\r\n--${edge}--\r\n`,
    ];
  }

  get length(): number {
    return this.#pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string | Uint8Array, void> {
    yield* this.#pieces;
  }
}

/** The body of a request in JSON. */
export class TextBody implements PostBody {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  get length(): number {
    return Buffer.byteLength(this.#text);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string, void> {
    yield this.#text;
  }
}

/** As OpenAI's SDK writes them: `name[]` for lists, `name[key]` for objects. */
function flat(value: unknown, name = ''): [string, string][] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((each) => flat(each, `${name}[]`));
  if (typeof value === 'object') {
    return Object.entries(value).flatMap(([key, each]) => flat(each, name === '' ? key : `${name}[${key}]`));
  }
  return [[name, String(value)]];
}

/** As HTML says it. */
function quoted(text: string): string {
  return text.replace(/["\r\n]/g, encodeURIComponent);
}
