import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Each file in a vm context of its own, the library too, as Jest has it. `realms.test.ts` runs it. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  test: { include: ['inside.vm.ts'], pool: 'vmThreads', testTimeout: 60_000 },
});
