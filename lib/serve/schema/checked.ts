import { shown } from '../../checks.js';
import { RequestInvalidError } from '../../errors.js';
import type { ObjectSchema, ScalarSchema, Schema, Static } from './types.js';

/**
 * Checks what a client sent. Numbers and booleans come as text, as queries and forms have them, with `text`.
 *
 * @throws {RequestInvalidError} It does not fit. The message names the field, what was expected and what came.
 */
export function checked<const S extends ObjectSchema>(
  schema: S,
  given: unknown,
  { text }: { readonly text: boolean },
): Static<S> {
  const value = text ? fromText(schema, given) : given;
  const problem = problemOf(schema, value, '');
  if (problem !== undefined) throw new RequestInvalidError('ERR_REQUEST_INVALID', problem);
  return value as Static<S>;
}

/** What is wrong with a value, or `undefined`. `path`: where it is in the request. */
function problemOf(schema: Schema, value: unknown, path: string): string | undefined {
  if (!('type' in schema)) {
    const fits =
      'enum' in schema
        ? (schema.enum as readonly unknown[]).includes(value)
        : schema.anyOf.some((each) => problemOf(each, value, path) === undefined);
    return fits ? undefined : mismatch(schema, value, path);
  }
  if (schema.type === 'object') {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? problemOfFields(schema, value, path) : mismatch(schema, value, path);
  }
  if (schema.type === 'array') {
    if (!Array.isArray(value) || value.length < (schema.minItems ?? 0)) return mismatch(schema, value, path);
    return firstOf(value, (each, i) => problemOf(schema.items, each, within(path, String(i))));
  }
  return fitsScalar(schema, value) ? undefined : mismatch(schema, value, path);
}

function fitsScalar(schema: ScalarSchema, value: unknown): boolean {
  if (schema.type === 'boolean') return typeof value === 'boolean';
  if (schema.type === 'string') {
    const { minLength = 0, maxLength = Infinity } = schema;
    return typeof value === 'string' && value.length >= minLength && value.length <= maxLength;
  }
  const { minimum = -Infinity, maximum = Infinity } = schema;
  const isNumber = schema.type === 'integer' ? Number.isInteger(value) : Number.isFinite(value);
  return isNumber && (value as number) >= minimum && (value as number) <= maximum;
}

function problemOfFields(schema: ObjectSchema, value: object, path: string): string | undefined {
  const { properties, required = [], additionalProperties } = schema;
  const missing = required.find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) return `${nameOf(within(path, missing))} is missing`;
  return firstOf(Object.entries(value), ([name, each]) => {
    const inner = within(path, name);
    if (Object.hasOwn(properties, name)) return problemOf(properties[name] as Schema, each, inner);
    if (additionalProperties !== false) return undefined;
    return `${nameOf(inner)} is not a parameter; there are: ${Object.keys(properties).join(', ')}`;
  });
}

/** The first problem of several values. */
function firstOf<Each>(list: readonly Each[], find: (each: Each, i: number) => string | undefined): string | undefined {
  for (const [i, each] of list.entries()) {
    const problem = find(each, i);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function within(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

/** A client chose it. */
function nameOf(path: string): string {
  return path === '' ? 'the request' : path.slice(0, 100);
}

function mismatch(schema: Schema, value: unknown, path: string): string {
  return `${nameOf(path)} must be ${expected(schema)}, got ${shown(value)}`;
}

function expected(schema: Schema): string {
  if ('enum' in schema) return schema.enum.join(' or ');
  if ('anyOf' in schema) return schema.anyOf.map(expected).join(' or ');
  switch (schema.type) {
    case 'string':
      return lengths('text', 'characters', schema.minLength, schema.maxLength);
    case 'array':
      return lengths('a list', 'items', schema.minItems, undefined);
    case 'boolean':
      return 'true or false';
    case 'object':
      return 'an object';
    default:
      return `${schema.type === 'integer' ? 'a whole number' : 'a number'}${bounds(schema.minimum, schema.maximum)}`;
  }
}

function lengths(what: string, of: string, least: number | undefined, most: number | undefined): string {
  const given = bounds(least, most);
  return given === '' ? what : `${what}${given} ${of}`;
}

function bounds(least: number | undefined, most: number | undefined): string {
  if (least === undefined && most === undefined) return '';
  if (most === undefined) return ` from ${least}`;
  return least === undefined ? ` up to ${most}` : ` from ${least} to ${most}`;
}

/**
 * The fields of a query or a form, as their schemas want them. A list may have come as one value. What does not fit stays
 * as it is.
 */
function fromText({ properties }: ObjectSchema, given: unknown): unknown {
  return Object.fromEntries(
    Object.entries(given as object).map(([name, value]) => {
      const schema = Object.hasOwn(properties, name) ? properties[name] : undefined;
      if (schema === undefined) return [name, value];
      if (!('type' in schema) || schema.type !== 'array') return [name, ofText(schema, value)];
      return [name, [value].flat().map((each) => ofText(schema.items, each))];
    }),
  );
}

function ofText(schema: Schema, text: unknown): unknown {
  if (typeof text !== 'string') return text;
  if ('enum' in schema) return schema.enum.find((each) => String(each) === text) ?? text;
  if (!('type' in schema)) return text;
  if (schema.type === 'boolean') return /^(true|1)$/i.test(text) || (/^(false|0)$/i.test(text) ? false : text);
  const isNumber = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text);
  return (schema.type === 'number' || schema.type === 'integer') && isNumber ? Number(text) : text;
}
