import { chmod, rm } from 'node:fs/promises';
import { type Plugin, build } from 'esbuild';

const root = new URL('..', import.meta.url).pathname;

// An import of a built-in module reads everything that the module exports, and there node:http loads what fetch is made
// of, a tenth of the webhook's start; a require reads nothing.
const requiredHttp: Plugin = {
  name: 'required-http',
  setup(bundle) {
    bundle.onResolve({ filter: /^(node:)?http$/ }, ({ kind }) =>
      kind === 'import-statement' ? { path: 'node:http', namespace: 'required' } : undefined,
    );
    bundle.onLoad({ filter: /./, namespace: 'required' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};

// What KubeConfig makes for those who ask it to: the classes of every kind of Kubernetes and their requests, 370 KB, and
// agents for proxies, which src/kube/client/http-agents.ts makes on demand.
const kubeConfigOnly: Plugin = {
  name: 'kube-config-only',
  setup(bundle) {
    const filter = /^(\.\/gen\/index\.js|hpagent|socks|socks-proxy-agent)$/;
    bundle.onResolve({ filter }, ({ importer }) =>
      importer.endsWith('/client-node/dist/config.js')
        ? { path: `${root}tools/left-out.cjs` }
        : undefined,
    );
  },
};

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
    // We use KubeConfig, and neither the requests nor the exec, attach and cp that come with it.
    '@kubernetes/client-node': './node_modules/@kubernetes/client-node/dist/config.js',
    undici: './tools/left-out.cjs',
  },
  plugins: [requiredHttp, kubeConfigOnly],
  legalComments: 'none',
  chunkNames: '[name]-[hash]',
  // CommonJS libraries in a bundle of modules still ask for node's own modules by require.
  banner: {
    js: "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
await chmod(`${root}dist/token-injector.js`, 0o755);
