import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/cluster/node/**/*.test.ts'],
    globalSetup: ['test/cluster/node/global-setup.ts'],
    // One node serves every file, and webhook configurations are cluster-wide.
    fileParallelism: false,
    // Generous: the machine that runs this may be busy with something else.
    testTimeout: 900_000,
    hookTimeout: 900_000,
    teardownTimeout: 120_000,
  },
});
