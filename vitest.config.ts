import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/cluster/**'],
    // No test replaces a module, so files may share those that one process has loaded.
    isolate: false,
    // Vitest leaves a processor idle by default, which on two is half of them.
    maxWorkers: '100%',
    // A hundred tests start the program, which takes a third of the time where its code is compiled already.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/node') },
    // Generous: the machine that runs this may be busy with something else.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    teardownTimeout: 120_000,
  },
});
