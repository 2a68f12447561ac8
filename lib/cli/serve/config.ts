import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError, type Option } from 'commander';
import { shown } from '../../checks.js';

/**
 * Takes options from a file: an object of JSON, whose names are those of the command line in camelCase. What the command
 * line says counts more.
 *
 * @throws {TypeError} The file cannot be read, is no such object, or has an option that there is not.
 */
export function readConfig(command: Command, path: string): void {
  for (const [name, value] of Object.entries(parsed(path))) {
    const option = command.options.find((each) => each.attributeName() === name && name !== 'config');
    if (!option) throw new TypeError(`${path}: ${name} is not an option of ${command.name()}`);
    if (command.getOptionValueSource(name) === 'cli') continue;
    command.setOptionValueWithSource(name, parsedBy(option, value, `${path}: ${name}`), 'config');
  }
}

function parsed(path: string): object {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new TypeError(`${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`${path} must hold an object, got ${shown(value)}`);
  }
  return value;
}

/** Goes through the parser of the option, as text from the command line does. */
function parsedBy(option: Option, value: unknown, name: string): unknown {
  if (option.isBoolean() || option.negate) {
    if (typeof value !== 'boolean') throw new TypeError(`${name} must be true or false, got ${shown(value)}`);
    return value;
  }
  if (option.variadic) {
    if (!Array.isArray(value)) throw new TypeError(`${name} must be a list, got ${shown(value)}`);
    return value.map((each) => one(option, each, name));
  }
  return one(option, value, name);
}

function one(option: Option, value: unknown, name: string): unknown {
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw new TypeError(`${name} must be text or a number, got ${shown(value)}`);
  }
  const text = String(value);
  if (option.argChoices && !option.argChoices.includes(text)) {
    throw new TypeError(`${name} must be ${option.argChoices.join(' or ')}, got ${shown(text)}`);
  }
  // The parser of choices of a list would collect them itself.
  if (!option.parseArg || option.argChoices) return text;
  try {
    return option.parseArg(text, undefined);
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw new TypeError(`${name}: ${error.message}`, { cause: error });
    throw error;
  }
}
