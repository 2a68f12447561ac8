import { dirname, join } from 'node:path';
import { ProviderProblemError } from './provider_problem.js';

/** Where the user's own `onnxruntime-node` is: an optional peer dependency, of which a process must have only one. */
export interface Runtime {
  readonly version: string;
  /**
   * Folder of its native binding, of `libonnxruntime.so.1`, and of the provider libraries that it was installed with.
   */
  readonly folder: string;
}

const remedy = `In the project that uses cochlea, run: npm install onnxruntime-node@^1.30.0
Where no NVIDIA GPU is to be used, set ONNXRUNTIME_NODE_INSTALL=skip in its environment: otherwise the install script downloads the CUDA provider, some hundred megabytes, and fails without a network.`;

/** @throws {ProviderProblemError} It is not installed, or not in a version that Cochlea works with. */
export function findRuntime(): Runtime {
  const manifest = manifestPath();
  const { version } = require(manifest) as { version: string };
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major !== 1 || minor < 30) {
    throw new ProviderProblemError(
      `onnxruntime-node ${version} is installed in ${dirname(manifest)}, and Cochlea needs 1.30 or newer, below 2`,
      remedy,
    );
  }
  return { version, folder: join(dirname(manifest), 'bin', 'napi-v6', process.platform, process.arch) };
}

function manifestPath(): string {
  try {
    return require.resolve('onnxruntime-node/package.json');
  } catch {
    throw new ProviderProblemError('the package onnxruntime-node is not installed beside cochlea', remedy);
  }
}
