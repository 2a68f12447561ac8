import { defineConfig, mergeConfig } from 'vitest/config';
import native from './vitest.config.js';

// Workers run on the Node that COCHLEA_NODE names, emulated: see tools/test-arm64.sh. Vitest forks them from
// process.execPath, and so do tests that start Node themselves.
const node = process.env.COCHLEA_NODE;
if (node === undefined) throw new Error('COCHLEA_NODE names no program: run tools/test-arm64.sh');
process.execPath = node;

export default mergeConfig(
  native,
  defineConfig({ test: { pool: 'forks', setupFiles: ['./arm64.setup.ts'], testTimeout: 600_000 } }),
);
