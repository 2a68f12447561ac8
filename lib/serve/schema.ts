import type { Static, TObject, TSchema } from '@sinclair/typebox';
import type { ValueError } from '@sinclair/typebox/errors';
import { shown } from '../checks.js';
import { RequestInvalidError } from '../errors.js';
import { peer } from './peers.js';

/** Makes schemas, which check requests and are printed in the OpenAPI document: they are the same objects. */
export const { Type } = peer<typeof import('@sinclair/typebox')>('@sinclair/typebox');
/** Loaded with the first request: it takes longer than the rest of a start. */
const checking = () => peer<typeof import('@sinclair/typebox/value')>('@sinclair/typebox/value');

/** One of several words. */
export function words<const Words extends readonly string[]>(list: Words, options: { description: string }) {
  return Type.Unsafe<Words[number]>(
    Type.Union(
      list.map((each) => Type.Literal(each)),
      options,
    ),
  );
}

/**
 * Checks what a client sent. Numbers and booleans may come as text, as queries and forms have them, with `text`.
 *
 * @throws {RequestInvalidError} It does not fit. The message names the field, what was expected and what came.
 */
export function checked<Schema extends TObject>(
  schema: Schema,
  value: unknown,
  { text }: { readonly text: boolean },
): Static<Schema> {
  const { Value } = checking();
  const given = text ? Value.Convert(schema, value) : value;
  const error = Value.Errors(schema, given).First();
  if (error) throw new RequestInvalidError('ERR_REQUEST_INVALID', messageOf(error, schema));
  return given as Static<Schema>;
}

function messageOf(error: ValueError, schema: TObject): string {
  const { ValueErrorType } = checking();
  const name = error.path === '' ? 'the request' : error.path.slice(1).replaceAll('/', '.');
  if (error.type === ValueErrorType.ObjectAdditionalProperties) {
    return `${name.slice(0, 100)} is not a parameter; there are: ${Object.keys(schema.properties).join(', ')}`;
  }
  if (error.type === ValueErrorType.ObjectRequiredProperty) return `${name} is missing`;
  return `${name} must be ${expected(error.schema)}, got ${shown(error.value)}`;
}

function expected(schema: TSchema): string {
  if (Array.isArray(schema.anyOf)) {
    const choices = schema.anyOf.map((each: TSchema) => ('const' in each ? String(each.const) : expected(each)));
    return choices.join(' or ');
  }
  const { type, minimum, maximum, exclusiveMinimum, minItems, maxItems, minLength, maxLength } = schema;
  if (type === 'string') return `text${bounds(minLength, maxLength)}${(minLength ?? maxLength) ? ' characters' : ''}`;
  if (type === 'array') return `a list${bounds(minItems, maxItems)}${(minItems ?? maxItems) ? ' items' : ''}`;
  if (type === 'boolean') return 'true or false';
  const number = type === 'integer' ? 'a whole number' : type === 'number' ? 'a number' : `an ${type ?? 'object'}`;
  return exclusiveMinimum === undefined
    ? `${number}${bounds(minimum, maximum)}`
    : `${number} above ${exclusiveMinimum}`;
}

function bounds(least: number | undefined, most: number | undefined): string {
  if (least === undefined && most === undefined) return '';
  if (most === undefined) return ` from ${least}`;
  return least === undefined ? ` up to ${most}` : ` from ${least} to ${most}`;
}
