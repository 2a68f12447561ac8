import { RequestInvalidError } from '../../errors.js';
import { partsOf } from './parts.js';

/** A form (`multipart/form-data`): its files in their order, and its fields. */
export class FormBody {
  readonly files: readonly Uint8Array[];
  /** Lists have all values of the fields `name[]`. */
  readonly fields: Readonly<Record<string, string | readonly string[]>>;

  constructor(files: readonly Uint8Array[], fields: FormBody['fields']) {
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
  let count = 0;
  const fields = new Map<string, string | readonly string[]>();
  for await (const { name, isFile, bytes: value } of partsOf(bytes, contentType, signal)) {
    const shown = name.slice(0, 100);
    if (isFile) {
      if (name !== 'file') throw invalid(`a file is in the field '${shown}': files go into the field 'file'`);
      if (files.length === mostFiles) throw invalid(`the form has more than ${mostFiles} files`);
      files.push(value);
    } else {
      if (++count > mostFields) throw invalid(`the form has more than ${mostFields} fields`);
      if (value.length > mostFieldBytes) throw invalid(`a field of the form has more than ${mostFieldBytes} bytes`);
      const [, list] = /^(.+)\[\]$/s.exec(name) ?? [];
      const known = fields.get(list ?? name);
      if (list === undefined) {
        if (known !== undefined) throw invalid(`the form has the field '${shown}' twice`);
        fields.set(name, value.toString());
      } else {
        if (typeof known === 'string') throw invalid(`the form has the field '${shown}' as a list and as one value`);
        fields.set(list, [...(known ?? []), value.toString()]);
      }
    }
  }
  return new FormBody(files, Object.fromEntries(fields));
}

function invalid(message: string): RequestInvalidError {
  return new RequestInvalidError('ERR_REQUEST_INVALID', message);
}
