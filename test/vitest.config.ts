import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** What tools/setup.sh fetches: a Vulkan driver without a GPU, so that WebGPU is tested on any machine. */
const cache = process.env.COCHLEA_CACHE ?? join(homedir(), '.cache', 'cochlea');
const swiftShader = join(cache, 'swiftshader', 'vk_swiftshader_icd.json');

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  test: {
    include: ['**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    env: existsSync(swiftShader) ? { VK_DRIVER_FILES: swiftShader } : {},
    reporters: [
      'default',
      ['json', { outputFile: fileURLToPath(new URL('../build/test-results.json', import.meta.url)) }],
    ],
    // What is built is CommonJS, which vitest itself does not run: Node loads it, as for users.
    server: { deps: { external: [/\/dist\//] } },
    // Some tests measure memory or stalls of a process: two files at once is what two cores bear.
    maxWorkers: 2,
  },
});
