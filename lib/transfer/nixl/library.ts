import { type Dirent, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { TransferUnavailableError } from '../../errors.js';

/** Where NVIDIA's NIXL is. */
export interface NixlLibrary {
  /** Of `libnixl_capi.so`. */
  readonly path: string;
  /** Of the Python package that it came with; `undefined` if it did not come with one. */
  readonly version: string | undefined;
}

const fileName = 'libnixl_capi.so';
const steps = `
  1. Install the Python package that holds it (nixl-cu13 for CUDA 13; no GPU is needed), by itself in a folder:
       python3 -m venv /opt/nixl && /opt/nixl/bin/pip install --no-deps nixl-cu12
  2. Name that folder, or ${fileName} itself: the option \`library\`, or COCHLEA_NIXL=/opt/nixl in the environment.`;

/**
 * The library that `library` names, or else the variable COCHLEA_NIXL of the environment: the file itself, or a folder in
 * which pip has installed it (a virtual environment, or its site-packages).
 *
 * @throws {TransferUnavailableError} With numbered steps.
 */
export function findNixl(library: string | undefined = process.env.COCHLEA_NIXL): NixlLibrary {
  if (!library) throw unavailable(`NIXL is not set up:${steps}`);
  const path = fileAt(library);
  if (path === undefined) throw unavailable(`${library} neither is nor holds ${fileName}:${steps}`);
  const version = versionOf(path);
  // Measured: readers of 1.4 and 1.5 cannot read from it (NIXL_ERR_REMOTE_DISCONNECT).
  if (version?.startsWith('1.0.')) {
    throw unavailable(`NIXL ${version} in ${library} does not serve readers of newer releases:${steps}`);
  }
  return { path, version };
}

function fileAt(place: string): string | undefined {
  if (statSync(place, { throwIfNoEntry: false })?.isFile()) return place;
  const pythons = ['lib', 'lib64'].flatMap((folder) => below(join(place, folder), /^python3/));
  const packages = [place, ...pythons.map((folder) => join(folder, 'site-packages'))];
  const candidates = [place, ...packages.flatMap((folder) => below(folder, /^\.nixl_cu\d+\.mesonpy\.libs$/))];
  return candidates.map((folder) => join(folder, fileName)).find(isFile);
}

/** Beside the folder of the libraries pip keeps one of the package, whose name has the version. */
function versionOf(path: string): string | undefined {
  const cuda = /^\.(nixl_cu\d+)\.mesonpy\.libs$/.exec(basename(dirname(path)))?.[1];
  if (cuda === undefined) return undefined;
  const names = below(dirname(dirname(path)), /^nixl_cu\d+-.+\.dist-info$/).map((folder) => basename(folder));
  return names.find((name) => name.startsWith(`${cuda}-`))?.slice(cuda.length + 1, -'.dist-info'.length);
}

function below(folder: string, name: RegExp): string[] {
  return entriesOf(folder)
    .filter((entry) => name.test(entry.name))
    .map((entry) => join(folder, entry.name));
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // Not there, or not to be read: then it is not the place.
    return [];
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function unavailable(message: string): TransferUnavailableError {
  return new TransferUnavailableError('ERR_TRANSFER_UNAVAILABLE', message);
}
