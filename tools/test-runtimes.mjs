#!/usr/bin/env node
// Runs the tests against the package as npm would deliver it, prebuilt addon included, on every version of
// Node that Cochlea supports, and prints a table. Words limit it to test files whose path has one of them:
//
//   npm run test:runtimes -- [--node 20,22] [WORD...]
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const packed = `${root}build/packed-runtimes`;
const report = `${packed}/build/test-results.json`;

const { values, positionals: words } = parseArgs({
  options: { node: { type: 'string', default: '20,22,24,26' } },
  allowPositionals: true,
});

function runtimes(versions) {
  return execFileSync(`${root}tools/runtimes.sh`, [`${process.platform}-${process.arch}`, ...versions], {
    encoding: 'utf8',
  })
    .trim()
    .split('\n');
}

/** Runs the tests on one runtime. No report means that they did not even start. */
function test(node) {
  rmSync(report, { force: true });
  const started = performance.now();
  spawnSync(node, ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/vitest.config.ts', ...words], {
    cwd: packed,
    stdio: 'inherit',
  });
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
  const seconds = Math.round((performance.now() - started) / 1000);
  try {
    const { numPassedTests: passed, testResults: files } = JSON.parse(readFileSync(report, 'utf8'));
    const tests = files.flatMap(({ name, assertionResults }) => assertionResults.map((each) => ({ name, ...each })));
    return {
      version,
      seconds,
      passed,
      failed: [
        ...tests.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName),
        // A file that does not load has no tests to fail.
        ...files
          .filter((file) => file.status === 'failed' && file.assertionResults.length === 0)
          .map(({ name }) => name),
      ],
      skipped: tests.filter(({ status }) => status !== 'passed' && status !== 'failed').map(({ fullName }) => fullName),
    };
  } catch (cause) {
    return { version, seconds, passed: 0, failed: [`the tests did not run: ${cause.message}`], skipped: [] };
  }
}

execFileSync(`${root}tools/packed.sh`, ['build/packed-runtimes'], { stdio: 'inherit' });
const results = runtimes(values.node.split(',')).map(test);

console.log('\n| Node | passed | failed | skipped | seconds |\n|---|---|---|---|---|');
for (const { version, seconds, passed, failed, skipped } of results) {
  console.log(`| ${version} | ${passed} | ${failed.length} | ${skipped.length} | ${seconds} |`);
}
for (const { version, failed, skipped } of results) {
  for (const name of failed) console.log(`${version} failed: ${name}`);
  for (const name of skipped) console.log(`${version} skipped: ${name}`);
}
process.exitCode = results.every(({ passed, failed }) => passed > 0 && failed.length === 0) ? 0 : 1;
