import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  test: {
    include: ['**/*.test.ts'],
    testTimeout: 60_000,
    reporters: [
      'default',
      ['json', { outputFile: fileURLToPath(new URL('../build/test-results.json', import.meta.url)) }],
    ],
    // Some tests measure memory or stalls of a process: two files at once is what two cores bear.
    maxWorkers: 2,
  },
});
