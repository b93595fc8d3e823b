import { type Metafile, build } from 'esbuild';
import { expect, it } from 'vitest';
import { root } from './program.ts';

/** What is loaded with a file of the source, without what it loads only once it needs it. */
async function loadedWith(file: string): Promise<{ files: string[]; packages: string[] }> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [file],
    outdir: 'out',
    bundle: true,
    splitting: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    write: false,
    metafile: true,
  });
  const entry = Object.entries(metafile.outputs).find(([, output]) => output.entryPoint === file);
  const parts = new Set<string>();
  const packages = new Set<string>();
  const follow = (name: string): void => {
    if (parts.has(name)) return;
    parts.add(name);
    const { imports } = metafile.outputs[name] as Metafile['outputs'][string];
    for (const { path, kind, external } of imports) {
      if (kind !== 'import-statement') continue;
      if (external) packages.add(path);
      else follow(path);
    }
  };
  follow(entry![0]);
  const files = [...parts].flatMap((name) => Object.keys(metafile.outputs[name]!.inputs));
  return { files, packages: [...packages] };
}

it('the webhook loads what it reads from, files or a cluster, only when it reads from it', async () => {
  const { files, packages } = await loadedWith('src/commands/webhook/webhook.ts');
  expect(files).toContain('src/server/server.ts');
  expect(packages).toContain('fastify');
  expect(files.filter((file) => /^src\/(kube|manifests)\//.test(file))).toEqual([]);
  expect(packages).not.toContain('@peculiar/x509');
  expect(packages).not.toContain('@kubernetes/client-node');
  expect(packages).not.toContain('yaml');
});

it('policies of files need no client of the API server, those of a cluster no YAML', async () => {
  const fromFiles = await loadedWith('src/commands/serving/file-sources.ts');
  expect(fromFiles.packages).toContain('yaml');
  expect(fromFiles.packages).not.toContain('@kubernetes/client-node');
  const fromCluster = await loadedWith('src/commands/webhook/cluster-sources.ts');
  expect(fromCluster.packages).toContain('@kubernetes/client-node');
  expect(fromCluster.packages).not.toContain('yaml');
});

it('starting the program loads no part of a command but its flags', async () => {
  const { files, packages } = await loadedWith('src/main.ts');
  expect(files).toContain('src/commands/webhook/command.ts');
  expect(
    files.filter((file) =>
      /^src\/(server|manifests|certificates|controllers|policies)\//.test(file),
    ),
  ).toEqual([]);
  expect(packages.filter((name) => !name.startsWith('node:'))).toEqual(['commander']);
});
