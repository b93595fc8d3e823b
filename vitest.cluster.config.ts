import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/cluster/**/*.test.ts'],
    exclude: ['test/cluster/node/**'],
    globalSetup: ['test/cluster/global-setup.ts'],
    // One API server serves every file, and webhook configurations are cluster-wide.
    fileParallelism: false,
    // Generous: the machine that runs this may be busy with something else.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    teardownTimeout: 120_000,
  },
});
