#!/usr/bin/env node
// Bundlers and tracers: the addon comes along, or the error says which line of which configuration is missing. What
// they make is run in another folder, where no node_modules is near.
//
//   tools/check-package/bundlers.mjs NAME.tgz [--all]
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { all, check, fetched, install, project, run, speech, tarball, tower } from './project.mjs';

const folder = project('bundlers');
/** Start of a bundle as an ES module, which defines the variables that CommonJS needs. */
const banner = `import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
const require = createRequire(import.meta.url);
const __filename = fileURLToPath(import.meta.url);
const __dirname = dirname(__filename);`;
let made = 0;

function esbuild(entry, ...options) {
  rmSync(join(folder, 'out'), { recursive: true, force: true });
  const common = ['--bundle', '--platform=node', '--format=esm', `--banner:js=${banner}`, '--log-level=error'];
  const target = ['--outdir=out', '--out-extension:.js=.mjs'];
  return run(folder, ['node', 'node_modules/esbuild/bin/esbuild', entry, ...common, ...target, ...options]);
}

function webpack(way) {
  rmSync(join(folder, 'out'), { recursive: true, force: true });
  return run(folder, ['node', 'node_modules/webpack-cli/bin/cli.js'], { env: { WEBPACK_WITH: way } });
}

/** What was made, where nothing else is; where `external`, beside the package that was installed. */
function moved(external = false) {
  if (external) return join(folder, 'out');
  const elsewhere = join(folder, '..', `elsewhere-${made++}`);
  cpSync(join(folder, 'out'), elsewhere, { recursive: true });
  return elsewhere;
}

async function decodes(where, command) {
  const output = await run(where, [...command, speech]);
  const { frames, version } = JSON.parse(output.slice(output.indexOf('{')));
  if (frames !== 46_095 || typeof version !== 'string') throw new Error(`it says ${output}`);
}

/** It fails, and says this. */
async function says(work, words) {
  const output = await work.then(
    (text) => text,
    (error) => error.message,
  );
  if (!words.every((each) => output.includes(each))) throw new Error(`it does not say ${words.join(', ')}:\n${output}`);
}

await check({
  'bundlers are installed': () =>
    install(folder, tarball, 'esbuild@0.28', 'webpack@5', 'webpack-cli@6', 'node-loader@2', '@vercel/nft@1'),
  'esbuild, the addon copied': () =>
    esbuild('app.mjs', '--loader:.node=copy').then(() => decodes(moved(), ['node', 'app.mjs'])),
  'esbuild, the addon as a file': () =>
    esbuild('app.mjs', '--loader:.node=file').then(() => decodes(moved(), ['node', 'app.mjs'])),
  'esbuild, cochlea left out': () =>
    esbuild('app.mjs', '--external:cochlea').then(() => decodes(moved(true), ['node', 'app.mjs'])),
  'esbuild without a line about .node: it says that': () => says(esbuild('app.mjs'), ['".node" files']),
  'a bundle that lost the addon says which lines bring it': async () => {
    await esbuild('app.mjs', '--loader:.node=copy');
    const where = moved();
    await run(where, ['sh', '-c', 'rm *.node']);
    await says(run(where, ['node', 'app.mjs', speech]), ['ERR_ADDON_UNAVAILABLE', '--loader:.node=copy', 'Bundlers']);
  },
  'a bundle with a tower says that it must be left out': async () => {
    await esbuild('tower.mjs', '--loader:.node=copy', '--external:onnxruntime-node');
    await says(run(moved(), ['node', 'tower.mjs', tower]), ['ERR_PROVIDER_UNAVAILABLE', '--external:cochlea']);
  },
  ...Object.fromEntries(
    ['loader', 'asset', 'externals'].map((way) => [
      `webpack, ${way}`,
      () => webpack(way).then(() => decodes(moved(way === 'externals'), ['node', 'app.cjs'])),
    ]),
  ),
  '@vercel/nft takes the addon and the program of the thread along': async () => {
    writeFileSync(
      join(folder, 'trace.mjs'),
      `import { nodeFileTrace } from '@vercel/nft';
       const { fileList } = await nodeFileTrace(['app.mjs', 'tower.mjs']);
       console.log([...fileList].join('\\n'));`,
    );
    const files = (await run(folder, ['node', 'trace.mjs'])).trim().split('\n');
    const thread = 'node_modules/cochlea/dist/onnx/thread.js';
    if (!files.includes(thread)) throw new Error(`it leaves ${thread} behind`);
    const traced = join(folder, '..', 'traced');
    for (const file of files) cpSync(join(folder, file), join(traced, file));
    await decodes(traced, ['node', 'app.mjs']);
  },
  'bun build --compile': async () => {
    const elsewhere = join(folder, '..', 'compiled');
    mkdirSync(elsewhere);
    await run(folder, [
      ...fetched('bun@1', 'bun'),
      'build',
      '--compile',
      'app.mjs',
      '--outfile',
      join(elsewhere, 'app'),
    ]);
    await decodes(elsewhere, ['./app']);
  },
});

/** A server that Next.js made, asked once. */
async function nextAnswers(next) {
  const server = join(next, '..', 'standalone');
  cpSync(join(next, '.next/standalone'), server, { recursive: true });
  const script = `PORT=0 node server.js >server.log & server=$!
    trap 'kill $server' EXIT
    for i in $(seq 100); do grep -q Ready server.log && break; sleep 0.1; done
    curl --silent --fail --data-binary @${speech} "$(sed -n 's/.*Local: *//p' server.log)/api/decode"`;
  const output = await run(server, ['bash', '-c', script]);
  if (!output.includes('"frames":46095')) throw new Error(`it answers ${output}`);
}

if (all) {
  const next = project('next');
  const build = (...flags) => run(next, ['npx', 'next', 'build', ...flags], { env: { NEXT_TELEMETRY_DISABLED: '1' } });
  await check({
    'Next.js is installed': () => install(next, tarball, 'next@16', 'react@19', 'react-dom@19'),
    'Next.js, standalone': () => build().then(() => nextAnswers(next)),
  });
}
