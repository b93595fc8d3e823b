import { chmod, rm } from 'node:fs/promises';
import { build } from 'esbuild';

const root = new URL('..', import.meta.url).pathname;

// A published program must be JavaScript: Node strips no types below node_modules.
await rm(`${root}dist`, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: { 'token-injector': 'src/main.ts' },
  outdir: 'dist',
  bundle: true,
  // A command loads its chunk when it runs, so that starting the webhook does not load the others' libraries.
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  minify: true,
  alias: {
    // Never called, see src/server/without-schemas.ts; light-my-request is for tests.
    '@fastify/ajv-compiler': './tools/left-out.cjs',
    '@fastify/fast-json-stringify-compiler': './tools/left-out.cjs',
    'light-my-request': './tools/left-out.cjs',
    // Never called: of @kubernetes/client-node we use KubeConfig, not its requests, exec, attach and cp.
    undici: './tools/left-out.cjs',
    'isomorphic-ws': './tools/left-out.cjs',
    'tar-fs': './tools/left-out.cjs',
    'stream-buffers': './tools/left-out.cjs',
  },
  legalComments: 'none',
  chunkNames: '[name]-[hash]',
  // CommonJS libraries in a bundle of modules still ask for node's own modules by require.
  banner: {
    js: "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
await chmod(`${root}dist/token-injector.js`, 0o755);
