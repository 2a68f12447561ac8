import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { native } from '../native/binding.js';
import { ProviderProblemError } from './provider_problem.js';
import type { Runtime } from './runtime.js';

/**
 * Note [Libraries of CUDA]: ONNX Runtime looks for its provider libraries in the folder from which its own library was
 * loaded, and the loader looks for NVIDIA's libraries in the system's folders. An npm package has neither, and its
 * folder may be read-only. COCHLEA_ORT_LIBS names folders that hold them, in the layout of the Python packages
 * `onnxruntime-gpu` and `nvidia-*`. For the provider libraries, a folder of links to them and to the package's own
 * library is made. The package's library is loaded from there first, so later requests for its name get the same one.
 * NVIDIA's libraries are loaded by their paths, so later requests for their names get these.
 */

export const providerLibraries = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'] as const;

/** NVIDIA's libraries. Those of CUDA have different version numbers. */
const vendorLibrary = /^lib(cudart|nvJitLink|nvrtc|cublasLt|cublas|curand|cufft|cudnn)\.so\.\d+$/;

/** The folders of COCHLEA_ORT_LIBS, and their subfolders with libraries if they are `site-packages` of Python. */
export function libraryFolders(): string[] {
  const names = (process.env.COCHLEA_ORT_LIBS ?? '').split(delimiter).filter((folder) => folder !== '');
  return names.flatMap((name) => {
    // Absolute, because the links lie elsewhere, and because the loader treats a name without a slash as no path.
    const folder = resolve(name);
    const vendor = join(folder, 'nvidia');
    const packages = isFolder(vendor) ? readdirSync(vendor).map((each) => join(vendor, each, 'lib')) : [];
    return [folder, join(folder, 'onnxruntime', 'capi'), ...packages].filter(isFolder);
  });
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

/** The path of a provider library: beside the runtime or in one of the folders. */
export function findProviderLibrary(name: string, runtime: Runtime): string | undefined {
  return [runtime.folder, ...libraryFolders()].map((folder) => join(folder, name)).find(existsSync);
}

/**
 * Note [Libraries of CUDA]. Call before the runtime is loaded. Further calls do nothing.
 *
 * @throws {ProviderProblemError} The folder of links cannot be made: no provider from COCHLEA_ORT_LIBS works.
 */
export function prepareLibraries(runtime: Runtime): void {
  if (process.platform !== 'linux' || libraryFolders().length === 0) return;
  const vendor = libraryFolders().flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => vendorLibrary.test(name))
      .map((name) => join(folder, name)),
  );
  loadAll(vendor);
  const providers = providerLibraries.map((name) => findProviderLibrary(name, runtime));
  if (providers.some((path) => path !== undefined && dirname(path) !== runtime.folder)) {
    native.loadLibrary(join(linkFolder([runtime.library, ...providers]), basename(runtime.library)));
  }
}

/**
 * Repeats until all are loaded, in whatever order they need each other. ONNX Runtime reports the ones that do not load.
 */
function loadAll(paths: readonly string[]): void {
  let left = paths;
  for (;;) {
    const failed = left.filter((path) => native.loadLibrary(path) !== undefined);
    if (failed.length === left.length) return;
    left = failed;
  }
}

/** A folder with links to these files. Processes with the same files share it. */
function linkFolder(paths: readonly (string | undefined)[]): string {
  const targets = paths.filter((path) => path !== undefined);
  const cache = process.env.COCHLEA_CACHE ?? join(homedir(), '.cache', 'cochlea');
  const folder = join(cache, 'onnxruntime', createHash('sha256').update(targets.join('\n')).digest('hex').slice(0, 16));
  try {
    mkdirSync(folder, { recursive: true });
    for (const target of targets) makeLink(target, join(folder, basename(target)));
  } catch (error) {
    throw new ProviderProblemError(
      `links to the libraries of COCHLEA_ORT_LIBS cannot be made in ${folder}: ${(error as Error).message}`,
      'Set COCHLEA_CACHE to a folder that can be written to, such as a mounted volume of a read-only container.',
    );
  }
  return folder;
}

function makeLink(target: string, link: string): void {
  try {
    symlinkSync(target, link);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
