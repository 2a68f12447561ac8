import type { BusboyHeaders } from '@fastify/busboy';
import { AbortError, RequestInvalidError } from '../../errors.js';
import { peer } from '../peers.js';

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
const limits = { fields: 64, fieldSize: 64 * 1024, fieldNameSize: 100, headerPairs: 100 };
/** Files of a form. */
const mostFiles = 1024;
/** Bytes that are searched for boundaries before the event loop goes on: about a millisecond. */
const step = 256 * 1024;

/**
 * Reads a form that came whole. Whatever does not fit is an error; nothing is cut.
 *
 * @throws {RequestInvalidError} It is not a whole, well-formed form.
 */
export async function readForm(bytes: Uint8Array, contentType: string, signal: AbortSignal): Promise<FormBody> {
  const { Busboy } = peer<typeof import('@fastify/busboy')>('@fastify/busboy');
  const files: Uint8Array[][] = [];
  const fields: Record<string, string | string[]> = Object.create(null);
  let problem: string | undefined;
  const refuse = (message: string): void => {
    problem ??= message;
  };
  const headers = { 'content-type': contentType } as BusboyHeaders;
  const busboy = wellFormed(() => new Busboy({ headers, limits: { ...limits, files: mostFiles } }));
  busboy.on('file', (name, stream) => {
    if (name !== 'file') refuse(`a file is in the field '${name.slice(0, 100)}': files go into the field 'file'`);
    const chunks: Uint8Array[] = [];
    files.push(chunks);
    stream.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    stream.on('error', (error) => refuse(`the form is malformed: ${error.message}`));
  });
  busboy.on('field', (name, value, nameTruncated, valueTruncated) => {
    if (nameTruncated || valueTruncated) refuse(`a field of the form has more than ${limits.fieldSize} bytes`);
    else if (name.endsWith('[]') && name.length > 2) {
      const list = fields[name.slice(0, -2)] ?? [];
      if (Array.isArray(list)) fields[name.slice(0, -2)] = [...list, value];
      else refuse(`the form has the field '${name.slice(0, -2)}' as a list and as one value`);
    } else if (name in fields) refuse(`the form has the field '${name}' twice`);
    else fields[name] = value;
  });
  busboy.on('filesLimit', () => refuse(`the form has more than ${mostFiles} files`));
  busboy.on('fieldsLimit', () => refuse(`the form has more than ${limits.fields} fields`));
  const parsed = new Promise<void>((resolve) => {
    busboy.once('finish', resolve);
    busboy.once('error', (error: unknown) => {
      refuse(`the form is malformed: ${(error as Error).message}`);
      resolve();
    });
  });
  for (let start = 0; start < bytes.length && problem === undefined; start += step) {
    if (start > 0) await new Promise(setImmediate);
    if (signal.aborted) throw new AbortError(signal.reason);
    busboy.write(bytes.subarray(start, start + step));
  }
  busboy.end();
  await parsed;
  if (problem !== undefined) throw invalid(problem);
  return new FormBody(
    files.map((chunks) => Buffer.concat(chunks)),
    fields,
  );
}

/** Busboy throws for a header that it does not understand. */
function wellFormed<Value>(make: () => Value): Value {
  try {
    return make();
  } catch (error) {
    throw invalid(`the form is malformed: ${(error as Error).message}`);
  }
}

function invalid(message: string): RequestInvalidError {
  return new RequestInvalidError('ERR_REQUEST_INVALID', message);
}
