// What is linked into the addon: native/licences/components.json, with versions, hashes and addresses from
// native/cmake/dependencies.cmake, which is what the build uses.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const build = readFileSync(join(root, 'native/cmake/dependencies.cmake'), 'utf8');

/** The value of `set(name value)`; those that it refers to filled in. */
function setting(name) {
  const value = new RegExp(`^set\\(${name} (\\S+)\\)$`, 'm').exec(build)?.[1];
  return value?.replace(/\$\{(\w+)\}/g, (_, other) => setting(other) ?? '');
}

/** Names of the archives that the build unpacks. */
export const archiveKeys = [...build.matchAll(/^set\((\w+)_archive /gm)]
  .map(([, key]) => key)
  .filter((key) => !key.endsWith('_repacked'));

export const components = JSON.parse(
  readFileSync(join(root, 'native/licences/components.json'), 'utf8'),
).components.map((component) => (component.key ? fromArchive(component) : fromFolder(component)));

function fromArchive(component) {
  const { key } = component;
  const archive = setting(`${key}_archive`);
  if (archive === undefined) throw new Error(`native/licences/components.json: the build has no archive ${key}`);
  const archives = [
    { archive, sha256: setting(`${key}_sha256`) },
    { archive: setting(`${key}_repacked_archive`), sha256: setting(`${key}_repacked_sha256`) },
  ].filter((each) => each.archive !== undefined);
  const version = /-(\d[\d.]*\d)\.tar/.exec(archive)[1];
  return { ...component, version, archives, url: setting(`${key}_url`) };
}

function fromFolder(component) {
  const manifest = join(root, component.folder, 'package.json');
  // What has no version is known by the hash of what is kept of it.
  const version = existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).version : component.version;
  return { ...component, version };
}

/** An archive of a component on this machine, with the hash that the build asks for. */
export function archiveOf({ archives }) {
  const cache = process.env.COCHLEA_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'cochlea');
  const folders = [process.env.COCHLEA_SOURCES, join(cache, 'sources')];
  for (const folder of folders) {
    for (const { archive, sha256 } of archives) {
      const path = folder && join(folder, archive);
      if (path && existsSync(path) && createHash('sha256').update(readFileSync(path)).digest('hex') === sha256)
        return path;
    }
  }
  return undefined;
}

/** The files of a component that hold its licences, as text; `undefined` where its archive is not at hand. */
export function textsOf(component) {
  const files = component.texts.map(({ file }) => file);
  if (component.folder) return files.map((file) => readFileSync(join(root, component.folder, file), 'utf8'));
  const archive = archiveOf(component);
  if (archive === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'cochlea-licences-'));
  try {
    // In one go: it has to be unpacked from its beginning.
    const names = files.map((file) => `*/${file}`);
    const args = ['-xf', archive, '-C', folder, '--strip-components=1', '--wildcards', '--no-wildcards-match-slash'];
    const { status, stderr } = spawnSync('tar', [...args, ...names], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${archive}: ${stderr}`);
    return files.map((file) => readFileSync(join(folder, file), 'utf8'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
