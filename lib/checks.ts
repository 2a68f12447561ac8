import { isAbortSignal } from './realm.js';

/**
 * Argument checks that all floors share. A wrong type throws a `TypeError`, a value out of range a `RangeError`. The
 * message names the argument, the expected value, and the given value.
 */

/** Sample rates of results, in Hz. */
export const lowestRate = 1000;
export const highestRate = 768_000;

/** Milliseconds: a timer of more than that fires at once. */
export const longestTimer = 2 ** 31 - 1;

/** A value, as error messages show it. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return value.length > 100 ? `'${value.slice(0, 100)}…'` : `'${value}'`;
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null) {
    // In parsed JSON, `constructor` may be anything.
    const name: unknown = value.constructor?.name;
    return `an instance of ${typeof name === 'string' ? name : 'Object'}`;
  }
  return String(value);
}

export function typeError(name: string, expected: string, value: unknown): TypeError {
  return new TypeError(`${name} must be ${expected}, got ${shown(value)}`);
}

/**
 * Reads the options that an object and its prototypes hold (`Object.create(defaults)`, an instance of a class with
 * getters). Each option is read once; options that are `undefined` are left out. Properties of `Object.prototype` are
 * not options, and the result has no prototype.
 *
 * @throws {TypeError} `value` is not an object, or has an enumerable property of another name.
 */
export function optionsOf<Options extends object>(
  name: string,
  value: Options,
  known: readonly string[],
): Partial<Options> {
  if (typeof value !== 'object' || value === null) throw typeError(name, 'an object', value);
  const options: Record<string, unknown> = Object.create(null);
  for (let holder: object | null = value; holder !== null && !isRoot(holder); holder = Object.getPrototypeOf(holder)) {
    const unknown = Object.keys(holder).find((key) => !known.includes(key));
    if (unknown !== undefined) {
      throw new TypeError(`${name}.${unknown} is not an option; there are: ${known.join(', ')}`);
    }
    for (const key of known) {
      if (key in options || !Object.hasOwn(holder, key)) continue;
      // Read from the object itself: a getter may need its private fields.
      options[key] = value[key as keyof Options];
    }
  }
  for (const key of known) if (options[key] === undefined) delete options[key];
  return options as Partial<Options>;
}

/** Whether this is the `Object.prototype` of some realm. */
function isRoot(holder: object): boolean {
  return Object.getPrototypeOf(holder) === null && Object.hasOwn(holder, 'hasOwnProperty');
}

export function wholeNumber(name: string, value: unknown, min: number, max: number): number {
  if (typeof value !== 'number') throw typeError(name, 'a number', value);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`${name} must be a whole number from ${min} to ${max}, got ${value}`);
  }
  return value;
}

export function word(name: string, value: unknown, words: readonly string[]): number {
  const index = words.indexOf(value as string);
  if (index < 0) throw typeError(name, words.map((each) => `'${each}'`).join(' or '), value);
  return index;
}

export function flag(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw typeError(name, 'true or false', value);
  return value;
}

export function checkSignal(signal: unknown): void {
  if (signal !== undefined && !isAbortSignal(signal)) {
    throw typeError('options.signal', 'an AbortSignal', signal);
  }
}

export function checkTimeout(value: number): number {
  if (typeof value !== 'number') throw typeError('options.timeout', 'a number of milliseconds', value);
  if (!(value > 0)) throw new RangeError(`options.timeout must be more than 0 milliseconds, got ${value}`);
  return value;
}
