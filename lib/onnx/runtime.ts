import { dirname, join } from 'node:path';
import { ProviderProblemError } from './provider_problem.js';

/** The application's `onnxruntime-node`: an optional peer dependency, because a process must have only one. */
export interface Runtime {
  readonly version: string;
  /** Folder of its native binding, its library, and the provider libraries that it was installed with. */
  readonly folder: string;
  /** Path of its library. */
  readonly library: string;
}

const remedy = `In the project that uses cochlea, run: npm install onnxruntime-node@^1.30.0
Without an NVIDIA GPU, set ONNXRUNTIME_NODE_INSTALL=skip for that command: otherwise the install script downloads the CUDA provider (some hundred megabytes), and fails without a network.`;

/** @throws {ProviderProblemError} It is not installed, or its version does not work with Cochlea. */
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
  const folder = join(dirname(manifest), 'bin', 'napi-v6', process.platform, process.arch);
  const name = process.platform === 'darwin' ? 'libonnxruntime.1.dylib' : 'libonnxruntime.so.1';
  return { version, folder, library: join(folder, name) };
}

function manifestPath(): string {
  try {
    return require.resolve('onnxruntime-node/package.json');
  } catch {
    throw new ProviderProblemError('the package onnxruntime-node is not installed beside cochlea', remedy);
  }
}
