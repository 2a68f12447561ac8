import { readFileSync } from 'node:fs';
import ipaddr from 'ipaddr.js';
import type { ServeFlags } from './flags.js';

/**
 * The keys of clients; none if none are needed.
 *
 * @throws {TypeError} The file cannot be read or has no key, or the service would be open to others without one.
 */
export function checkKeys({ apiKeyFile, host, allowUnauthenticated }: ServeFlags): readonly string[] {
  if (apiKeyFile !== undefined) return keysIn('--api-key-file', apiKeyFile);
  if (!isLoopback(host) && !allowUnauthenticated) {
    throw new TypeError(
      `others can reach ${host}, and no key is needed: add --api-key-file, or --allow-unauthenticated if something in front checks who comes`,
    );
  }
  return [];
}

/**
 * The key that servers upstream want; `undefined` if there is none.
 *
 * @throws {TypeError} The file cannot be read, or has not one key.
 */
export function upstreamKey({ upstreamKeyFile, upstream }: ServeFlags): string | undefined {
  if (upstreamKeyFile === undefined) return undefined;
  if (!upstream) throw new TypeError('--upstream-key-file goes with --upstream');
  const [key, ...more] = keysIn('--upstream-key-file', upstreamKeyFile);
  if (more.length > 0) throw new TypeError(`--upstream-key-file: ${upstreamKeyFile} has more than one key`);
  return key;
}

function keysIn(option: string, path: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new TypeError(`${option} cannot be read: ${(cause as Error).message}`, { cause });
  }
  const lines = text.split('\n').map((line) => line.trim());
  const keys = lines.filter((line) => line !== '' && !line.startsWith('#'));
  if (keys.length === 0) throw new TypeError(`${option}: ${path} has no key`);
  return keys;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || (ipaddr.isValid(host) && ipaddr.parse(host).range() === 'loopback');
}
