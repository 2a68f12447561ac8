import { RequestInvalidError } from '../../errors.js';
import { partsOf } from './parts.js';

/** A form (`multipart/form-data`): its files in their order, and its fields. */
export class FormBody {
  readonly files: readonly Uint8Array[];
  readonly fields: Readonly<Record<string, string>>;

  constructor(files: readonly Uint8Array[], fields: Readonly<Record<string, string>>) {
    this.files = files;
    this.fields = fields;
  }
}

/** What a form may have beside the bytes of its files. */
const mostFields = 64;
const mostFieldBytes = 64 * 1024;
const mostFiles = 1024;

/**
 * Reads a form that came whole. Whatever does not fit is an error; nothing is cut.
 *
 * @throws {RequestInvalidError} It is not a whole, well-formed form, or has too many parts.
 * @throws {AbortError} The signal aborted.
 */
export async function readForm(bytes: Buffer, contentType: string, signal: AbortSignal): Promise<FormBody> {
  const files: Uint8Array[] = [];
  const fields = new Map<string, string>();
  for await (const { name, isFile, bytes: value } of partsOf(bytes, contentType, signal)) {
    const shown = name.slice(0, 100);
    if (isFile) {
      if (name !== 'file') throw invalid(`a file is in the field '${shown}': files go into the field 'file'`);
      if (files.length === mostFiles) throw invalid(`the form has more than ${mostFiles} files`);
      files.push(value);
    } else {
      if (fields.size === mostFields) throw invalid(`the form has more than ${mostFields} fields`);
      if (fields.has(name)) throw invalid(`the form has the field '${shown}' twice`);
      if (value.length > mostFieldBytes) throw invalid(`a field of the form has more than ${mostFieldBytes} bytes`);
      fields.set(name, value.toString());
    }
  }
  return new FormBody(files, Object.fromEntries(fields));
}

function invalid(message: string): RequestInvalidError {
  return new RequestInvalidError('ERR_REQUEST_INVALID', message);
}
