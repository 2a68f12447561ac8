import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ProviderUnavailableError } from '../errors.js';

/**
 * Where the user's own `onnxruntime-node` is: an optional peer dependency, of which there must be one in a process.
 */

const require = createRequire(import.meta.url);

const install = `npm install onnxruntime-node
   Its install script downloads CUDA libraries (hundreds of megabytes, and it fails without a network); where no
   NVIDIA GPU is to be used, set ONNXRUNTIME_NODE_INSTALL=skip in the environment of that command.`;

export interface Runtime {
  readonly version: string;
  /** Folder of the binding, and of `libonnxruntime.so.1` beside it. */
  readonly folder: string;
}

/** @throws {ProviderUnavailableError} It is not installed, or not in a version that Cochlea works with. */
export function findRuntime(): Runtime {
  const manifest = manifestPath();
  const { version } = require(manifest) as { version: string };
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major !== 1 || minor < 30) {
    throw new ProviderUnavailableError(
      'ERR_PROVIDER_UNAVAILABLE',
      `onnxruntime-node ${version} is installed in ${dirname(manifest)}; 1.30 or newer is needed, below 2.
What to do, in the project that uses cochlea: ${install.replace('node\n', 'node@^1.30.0\n')}`,
    );
  }
  return { version, folder: join(dirname(manifest), 'bin', 'napi-v6', process.platform, process.arch) };
}

function manifestPath(): string {
  try {
    return require.resolve('onnxruntime-node/package.json');
  } catch (cause) {
    throw new ProviderUnavailableError(
      'ERR_PROVIDER_UNAVAILABLE',
      `Models need the package onnxruntime-node, which is not installed beside cochlea.
What to do, in the project that uses cochlea: ${install}`,
      { cause },
    );
  }
}
