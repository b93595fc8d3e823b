import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/cluster/**/*.test.ts'],
    exclude: ['test/cluster/node/**'],
    globalSetup: ['test/cluster/global-setup.ts'],
    // One API server serves every file, and webhook configurations are cluster-wide.
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
