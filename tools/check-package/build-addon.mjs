#!/usr/bin/env node
// From what is in the package, the addon can be built: by the command that the error names where none is prebuilt.
// FFmpeg is taken from the cache (COCHLEA_CACHE) if it was built with the same files before.
//
//   tools/check-package/build-addon.mjs NAME.tgz
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { check, install, project, run, speech, tarball } from './project.mjs';

const folder = project('consumer');
const cochlea = (...args) => run(folder, ['node', 'node_modules/cochlea/dist/cli/main.js', ...args], { seconds: 1800 });

await check({
  'build-addon builds what the package has no prebuild for': async () => {
    await install(folder, tarball);
    rmSync(join(folder, 'node_modules/cochlea/prebuilds'), { recursive: true });
    await cochlea('build-addon');
    const findings = await cochlea('doctor');
    if (!findings.includes('built here: build/Release/cochlea.node')) throw new Error(findings);
    await run(folder, ['node', 'esm.mjs', speech]);
  },
});
