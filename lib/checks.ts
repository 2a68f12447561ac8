/**
 * Checks that all floors share. Wrong types throw `TypeError`, values out of range `RangeError`: naming what
 * is wrong, what is expected, and what was given.
 */

/** Sample rates of results, in Hz. */
export const lowestRate = 1000;
export const highestRate = 768_000;

/** A value, as error messages show it. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return value.length > 100 ? `'${value.slice(0, 100)}…'` : `'${value}'`;
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null) {
    // Of parsed JSON, it may be anything.
    const name: unknown = value.constructor?.name;
    return `an instance of ${typeof name === 'string' ? name : 'Object'}`;
  }
  return String(value);
}

export function typeError(name: string, expected: string, value: unknown): TypeError {
  return new TypeError(`${name} must be ${expected}, got ${shown(value)}`);
}

export function checkKeys(name: string, value: unknown, known: readonly string[]): void {
  if (typeof value !== 'object' || value === null) throw typeError(name, 'an object', value);
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) throw new TypeError(`${name}.${key} is not an option; there are: ${known.join(', ')}`);
  }
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

export function checkSignal(signal: unknown): void {
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw typeError('options.signal', 'an AbortSignal', signal);
  }
}

export function checkTimeout(value: number): number {
  if (typeof value !== 'number') throw typeError('options.timeout', 'a number of milliseconds', value);
  if (!(value > 0)) throw new RangeError(`options.timeout must be more than 0 milliseconds, got ${value}`);
  return value;
}

export function withoutUndefined<Options extends object>(options: Options): Partial<Options> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<Options>;
}
