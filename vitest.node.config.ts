import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/cluster/node/**/*.test.ts'],
    globalSetup: ['test/cluster/node/global-setup.ts'],
    // One node serves every file, and webhook configurations are cluster-wide.
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
