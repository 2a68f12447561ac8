import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { AddonUnavailableError } from '../errors.js';
import { isError } from '../realm.js';
import { oldestGlibc, platformName, prebuiltPlatforms } from './platform.js';

/** The native addon, and the file that it was loaded from. */
export interface Addon {
  readonly exports: unknown;
  /** Relative to the package, if it lies in the package. */
  readonly file: string;
}

const packageFolder = join(__dirname, '../..');
const builtHere = 'build/Release/cochlea.node';

/**
 * Loads the addon: the one that was built here, else the package's own for this platform, else the one that
 * node-gyp-build finds (your own prebuild, also beside the executable). If `COCHLEA_PREBUILD` names a folder, only that
 * is searched.
 *
 * @throws {AddonUnavailableError} The addon is missing or does not load. The message says what to do.
 */
export function loadAddon(): Addon {
  const platform = platformName();
  try {
    if (process.env.COCHLEA_PREBUILD) return searched();
    if (existsSync(join(packageFolder, builtHere))) return opened(join(packageFolder, builtHere), builtHere);
    const exports = prebuilt(platform);
    if (exports === undefined) return searched();
    const file = `prebuilds/${platform}/cochlea.glibc.node`;
    // If a bundler treats the addon as a file, this is the path of that file, relative to the bundle.
    return typeof exports === 'string' ? opened(resolve(__dirname, exports), file) : { exports, file };
  } catch (cause) {
    throw new AddonUnavailableError('ERR_ADDON_UNAVAILABLE', whatToDo(platform, cause), { cause });
  }
}

/**
 * Each path has its own `require`: bundlers and tracers (esbuild, webpack, Bun, @vercel/nft) follow these, and include
 * the files. Inside a `try`, a missing file counts as optional.
 */
function prebuilt(platform: string): unknown {
  try {
    switch (platform as (typeof prebuiltPlatforms)[number]) {
      case 'linux-x64':
        return require('../../prebuilds/linux-x64/cochlea.glibc.node');
      case 'linux-arm64':
        return require('../../prebuilds/linux-arm64/cochlea.glibc.node');
      default:
        return undefined;
    }
  } catch (error) {
    // MODULE_NOT_FOUND in Node, ERR_MODULE_NOT_FOUND in Bun.
    if ((error as NodeJS.ErrnoException).code?.endsWith('MODULE_NOT_FOUND')) return undefined;
    throw error;
  }
}

function searched(): Addon {
  const { path } = require('node-gyp-build') as { path: (folder: string) => string };
  const file = path(packageFolder);
  return opened(file, file.startsWith(packageFolder) ? file.slice(packageFolder.length + 1) : file);
}

/** Loads by `dlopen`: a `require` of a computed path makes webpack warn. */
function opened(path: string, file: string): Addon {
  const module: { exports: unknown } = { exports: {} };
  process.dlopen(module, path);
  return { exports: module.exports, file };
}

function whatToDo(platform: string, cause: unknown): string {
  const reason = isError(cause) ? cause.message.trim() : String(cause);
  const steps = stepsFor(platform, (cause as NodeJS.ErrnoException | undefined)?.code, reason);
  return [
    `Cochlea's native addon does not load on ${platform} with ${runtime()}.`,
    `Prebuilt addons come for ${prebuiltPlatforms.join(' and ')}, with glibc ${oldestGlibc} or newer.`,
    'What to do:',
    ...steps.map((step, index) => `  ${index + 1}. ${step.replaceAll('\n', '\n     ')}`),
    `This is why: ${reason}`,
  ].join('\n');
}

function runtime(): string {
  const { bun, deno, node } = process.versions;
  return bun ? `Bun ${bun}` : deno ? `Deno ${deno}` : `Node ${node}`;
}

const build = `Build it here: npx cochlea build-addon
(needs CMake, make, nasm, patch, pkg-config, xz and a C++20 compiler; docs/guide/deploying.md, "Building from source")`;

function stepsFor(platform: string, code: string | undefined, reason: string): string[] {
  if (code === 'ERR_DLOPEN_DISABLED')
    return ["Node's permission model forbids addons: start node with --allow-addons."];
  if (/^(darwin|win32)-/.test(platform)) {
    return [
      'Run it in a Linux container, such as node:22-slim: there is no build for this system yet, nor from source.',
    ];
  }
  if (platform.endsWith('-musl')) {
    return ['Use an image with glibc, such as node:22-slim in place of node:22-alpine.', build];
  }
  if (!(prebuiltPlatforms as readonly string[]).includes(platform)) return [build];
  if (/GLIBC_\d/.test(reason)) return [`Use a system with glibc ${oldestGlibc} or newer.`, build];
  const file = `prebuilds/${platform}/cochlea.glibc.node`;
  // In a bundle, this code is in a file with another name.
  if (basename(__filename) !== 'addon.js') {
    return [
      `Leave cochlea out of the bundle (esbuild: --external:cochlea; webpack: externals; Next.js: serverExternalPackages: ['cochlea']), or let the bundler copy the file ${file} (esbuild: --loader:.node=copy; webpack: node-loader): docs/guide/deploying.md, "Bundlers".`,
    ];
  }
  return [`Install cochlea again for this platform: the package should hold ${file}.`, build];
}
