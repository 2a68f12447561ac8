#!/usr/bin/env node
// The package installed by each package manager that people use, then imported and required. Scripts are allowed, so
// that a manager which would run one, or which complains of one that it does not run, is seen.
//
//   tools/check-package/managers.mjs NAME.tgz
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, fetched, project, run, speech, tarball } from './project.mjs';

/** `use`: the command that runs a file as the manager's users do. */
const managers = {
  'npm 10': { add: [...fetched('npm@10', 'npm'), 'install', '--no-audit', '--no-fund', tarball] },
  'npm 11': { add: [...fetched('npm@11', 'npm'), 'install', '--no-audit', '--no-fund', tarball] },
  'pnpm 10': { add: [...fetched('pnpm@10', 'pnpm'), 'add', '--store-dir=.store', tarball] },
  'pnpm 12': { add: [...fetched('pnpm@12', 'pnpm'), 'add', '--store-dir=.store', tarball] },
  'yarn 1': { add: [...fetched('yarn@1', 'yarn'), 'add', '--cache-folder=.cache', tarball] },
  'yarn 4, Plug and Play': {
    // A lock file makes the folder a project of its own.
    files: { 'yarn.lock': '' },
    env: { YARN_ENABLE_GLOBAL_CACHE: 'false', YARN_ENABLE_IMMUTABLE_INSTALLS: 'false', YARN_NODE_LINKER: 'pnp' },
    add: [...fetched('@yarnpkg/cli-dist@4', 'yarn'), 'add', `cochlea@file:${tarball}`],
    use: [...fetched('@yarnpkg/cli-dist@4', 'yarn'), 'node'],
  },
  Bun: {
    env: { BUN_INSTALL_CACHE_DIR: '.cache' },
    add: [...fetched('bun@1', 'bun'), 'add', tarball],
    use: [...fetched('bun@1', 'bun')],
  },
  // Deno installs no tarballs: it runs what npm has installed.
  Deno: {
    add: ['npm', 'install', '--silent', '--no-audit', '--no-fund', tarball],
    use: [...fetched('deno@2', 'deno'), 'run', '--allow-all', '--node-modules-dir=manual'],
  },
};

async function installed({ files = {}, env = {}, add, use = ['node'] }) {
  const folder = project('consumer');
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const output = await run(folder, add, { env });
  const complaint = /^.*(build script|install script|ignored build|approve-(builds|scripts)).*$/im.exec(output);
  if (complaint) throw new Error(`it complains of scripts: ${complaint[0]}`);
  if (existsSync(join(folder, 'node_modules/cochlea/build'))) throw new Error('it compiled the addon');
  for (const program of ['esm.mjs', 'commonjs.cjs', 'guard.mjs']) await run(folder, [...use, program, speech], { env });
}

await check(
  Object.fromEntries(
    Object.entries(managers).map(([name, manager]) => [`${name}: import, require, load`, () => installed(manager)]),
  ),
);
