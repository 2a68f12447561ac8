import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/*
 * Note [Permission model]
 *
 * With `--permission` Node denies its own `fs` what is not allowed. The addon opens files itself, which Node does not
 * see: so it is asked here first. Links are followed, and what they lead to has to be allowed, too: Node's own `fs`
 * does not ask for that. What is exchanged between the question and the opening is not noticed.
 */

/** There only where the model is in force; `@types/node` has it from 22 on. */
interface Permission {
  has(scope: 'fs.read' | 'fs.write', reference: string): boolean;
}

function inForce(): Permission | undefined {
  return (process as unknown as { permission?: Permission }).permission;
}

function isReadable(path: string): boolean {
  const permission = inForce();
  if (permission === undefined) return true;
  const absolute = resolve(path);
  if (!permission.has('fs.read', absolute)) return false;
  try {
    return permission.has('fs.read', realpathSync.native(absolute));
  } catch (error) {
    // A part of the way there may not be looked at. What is not there, opening it will say.
    return (error as NodeJS.ErrnoException).code !== 'ERR_ACCESS_DENIED';
  }
}

/** The error that Node's own `fs` throws where this path may not be read; `undefined` where it may. */
export function denied(path: string): NodeJS.ErrnoException | undefined {
  if (isReadable(path)) return undefined;
  const error = new Error('Access to this API has been restricted: --allow-fs-read does not name it');
  return Object.assign(error, { code: 'ERR_ACCESS_DENIED', permission: 'FileSystemRead', resource: resolve(path) });
}

/** Where temporary files are written; `''` where that is not allowed. */
export function temporaryFolder(): string {
  const folder = tmpdir();
  // A name in it, since a pattern such as /tmp/* allows the folder itself nothing.
  return inForce()?.has('fs.write', join(resolve(folder), 'cochlea-')) === false ? '' : folder;
}
