#!/usr/bin/env node
// The types, for the versions of TypeScript that people have and for each way in which it resolves packages. Libraries
// are checked, too: with `skipLibCheck`, what a version does not understand becomes `any` without a word.
//
//   tools/check-package/types.mjs NAME.tgz [--all]
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { all, check, fetched, install, project, run, tarball } from './project.mjs';

const every = ['5.4', '5.5', '5.6', '5.7', '5.8', '5.9'];
/** The oldest, the last that knows no `Float32Array<ArrayBuffer>`, and the newest. */
const versions = all ? every : ['5.4', '5.6', '5.9'];
const alias = (version) => `typescript-${version.replace('.', '-')}`;
const resolutions = {
  node10: ['--module', 'commonjs', '--moduleResolution', 'node10', 'use.ts'],
  // Both kinds of module in one program; `require` of an ES module would be TS1479 in the first.
  node16: ['--module', 'node16', 'use.cts', 'use.mts'],
  nodenext: ['--module', 'nodenext', 'use.cts', 'use.mts'],
  bundler: ['--module', 'esnext', '--moduleResolution', 'bundler', 'use.ts'],
};

/** nodenext and bundler resolve as node16 does, as far as this package goes. */
const needed = all ? Object.keys(resolutions) : ['node10', 'node16'];

const folder = project('types');
for (const kind of ['mts', 'cts']) copyFileSync(join(folder, 'use.ts'), join(folder, `use.${kind}`));
const options = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--types', 'node', '--target', 'es2020'];

function compile(version, resolution) {
  const compiler = `node_modules/${alias(version)}/bin/tsc`;
  return run(folder, ['node', compiler, ...options, '--lib', 'es2020', ...resolutions[resolution]]);
}

await check({
  'types: TypeScript is installed': () =>
    install(folder, tarball, '@types/node@20', ...versions.map((each) => `${alias(each)}@npm:typescript@${each}`)),
  ...Object.fromEntries(
    versions.flatMap((version) =>
      needed.map((resolution) => [`types: TypeScript ${version}, ${resolution}`, () => compile(version, resolution)]),
    ),
  ),
  'types: TypeScript 5.9 knows what an array lies over': () =>
    run(folder, ['node', `node_modules/${alias('5.9')}/bin/tsc`, ...options, '--module', 'nodenext', 'new.mts']),
  'types: the plugin of Fastify, whose own types are not ours to check': async () => {
    await install(folder, tarball, 'fastify@5', 'prom-client@15');
    const compiler = `node_modules/${alias('5.9')}/bin/tsc`;
    return run(folder, ['node', compiler, ...options, '--skipLibCheck', '--module', 'nodenext', 'serve.mts']);
  },
  'types: results are those of the SDKs of OpenAI, the oldest and the newest, and of the AI SDK; Whisper': async () => {
    const sdks = ['openai-oldest@npm:openai@6.4.0', 'openai@7', 'ai@7', '@ai-sdk/provider@4'];
    await install(folder, tarball, ...sdks);
    const compiler = `node_modules/${alias('5.9')}/bin/tsc`;
    return run(folder, ['node', compiler, ...options, '--skipLibCheck', '--module', 'nodenext', 'openai.mts', 'transcribe.mts']);
  },
  'types: Are The Types Wrong': () =>
    run(folder, [...fetched('@arethetypeswrong/cli@0.18', 'attw'), '--no-emoji', tarball]),
  'package.json: publint': () => run(folder, [...fetched('publint@0.3', 'publint'), '--strict', tarball]),
});
