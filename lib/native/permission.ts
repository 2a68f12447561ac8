import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/*
 * Note [Permission model]
 *
 * With `--permission`, Node restricts its own `fs`. The addon opens files itself, which Node does not see, so the
 * permission is checked here first. Links are followed, and their targets must be allowed, too; Node's own `fs` does
 * not check that. A file that is exchanged between the check and the opening is not noticed.
 */

/** Exists only if the permission model is active. `@types/node` declares it from 22 on. */
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
    // A folder on the way may not be read. If the file does not exist, opening it will report that.
    return (error as NodeJS.ErrnoException).code !== 'ERR_ACCESS_DENIED';
  }
}

/** The error that Node's own `fs` throws if this path may not be read; `undefined` if it may. */
export function denied(path: string): NodeJS.ErrnoException | undefined {
  if (isReadable(path)) return undefined;
  const error = new Error('Access to this API has been restricted: --allow-fs-read does not name it');
  return Object.assign(error, { code: 'ERR_ACCESS_DENIED', permission: 'FileSystemRead', resource: resolve(path) });
}

/** The folder for temporary files; `''` if writing there is not allowed. */
export function temporaryFolder(): string {
  const folder = tmpdir();
  // Checks a name inside the folder: a pattern such as /tmp/* does not include the folder itself.
  return inForce()?.has('fs.write', join(resolve(folder), 'cochlea-')) === false ? '' : folder;
}
