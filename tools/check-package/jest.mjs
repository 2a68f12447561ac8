#!/usr/bin/env node
// Under Jest, in its default mode and with ES modules. Its tests run in a realm of their own, whose Float32Array is
// another one.
//
//   tools/check-package/jest.mjs NAME.tgz
import { check, install, project, run, speech, tarball } from './project.mjs';

const folder = project('jest');
const jest = (file, options) =>
  run(folder, ['node', 'node_modules/jest/bin/jest.js', '--testMatch', `**/${file}`], {
    env: { SPEECH: speech, NODE_OPTIONS: options },
  });

await check({
  'Jest is installed': () => install(folder, tarball, 'jest@30'),
  'Jest, as it comes': () => jest('commonjs.test.cjs', ''),
  'Jest, ES modules': () => jest('modules.test.mjs', '--experimental-vm-modules'),
});
