/**
 * Runs the suites of the control plane on another version of Kubernetes, which is built from its Go modules once and kept
 * beside the programs of the other suites.
 *
 * Usage: node test/cluster/older-kubernetes.ts 1.32 [ARGUMENTS OF VITEST]. A minor version stands for its newest release
 * that the module proxy has whole; `1.32.9` is one release.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

import { buildEnvironment, cacheFolder, linkerFlags } from './binaries.ts';

const root = path.join(import.meta.dirname, '../..');
const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
const programs = ['kube-apiserver', 'kube-controller-manager', 'kubectl'];
const packages = programs.map((name) => `k8s.io/kubernetes/cmd/${name}`);
const [wanted = '', ...args] = process.argv.slice(2);
if (!/^1\.\d+(\.\d+)?$/.test(wanted)) {
  process.stderr.write('usage: npm run test:kubernetes -- 1.32 [ARGUMENTS OF VITEST]\n');
  process.exit(2);
}

const folder = path.join(cacheFolder(), 'kubernetes', wanted);
if (!existsSync(path.join(folder, 'go.mod'))) writeModule(folder);
for (const name of programs) if (!existsSync(path.join(folder, name))) build(name);
const { status } = spawnSync(
  process.execPath,
  [vitest, 'run', '--config', 'vitest.cluster.config.ts', ...args],
  { cwd: root, stdio: 'inherit', env: { ...process.env, KUBEBUILDER_ASSETS: folder } },
);
process.exitCode = status ?? 1;

/** Writes go.mod and go.sum of the newest release of the wanted version that can be had. */
function writeModule(target: string): void {
  const unfinished = `${target}.${process.pid}`;
  for (const release of releases()) {
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(unfinished, { recursive: true });
    try {
      writeFileSync(path.join(unfinished, 'go.mod'), moduleOf(release));
      go(unfinished, 'get', ...packages.map((name) => `${name}@${release}`));
      go(unfinished, 'list', '-deps', ...packages);
    } catch (error) {
      const why = error instanceof Error ? error.message.trimEnd().split('\n').at(-1) : '';
      process.stderr.write(`Kubernetes ${release} cannot be had whole: ${why}\n`);
      continue;
    }
    rmSync(target, { recursive: true, force: true });
    renameSync(unfinished, target);
    return;
  }
  rmSync(unfinished, { recursive: true, force: true });
  throw new Error(`no release of Kubernetes ${wanted} can be had`);
}

function releases(): string[] {
  const listed = go(root, 'list', '-m', '-versions', 'k8s.io/kubernetes').trim().split(' ');
  return listed
    .filter((version) => version === `v${wanted}` || version.startsWith(`v${wanted}.`))
    .filter((version) => !version.includes('-'))
    .toReversed();
}

/** A module whose Kubernetes is of a release, with the modules that its own go.mod takes from its folder `staging`. */
function moduleOf(release: string): string {
  const download = go(root, 'mod', 'download', '-json', `k8s.io/kubernetes@${release}`);
  const { GoMod: file } = JSON.parse(download) as { readonly GoMod: string };
  const text = readFileSync(file, 'utf8');
  const staging = [...text.matchAll(/^\s*(?:replace )?(k8s\.io\/\S+) => \.\/staging\//gm)];
  return [
    'module token-injector.test/older-kubernetes',
    // What Go itself does by default depends on these.
    ...(text.match(/^(go |godebug [^(]).*$|^godebug \([^)]*\)/gm) ?? []),
    ...staging.map(([, name]) => `replace ${name} => ${name} ${release.replace(/^v1/, 'v0')}`),
  ].join('\n\n');
}

function build(name: string): void {
  process.stderr.write(`building ${name} of Kubernetes ${wanted}, which takes minutes\n`);
  const mod = readFileSync(path.join(folder, 'go.mod'), 'utf8');
  const unfinished = `.${name}.${process.pid}`;
  const flags = ['-trimpath', '-ldflags', linkerFlags(mod)];
  go(folder, 'build', ...flags, '-o', unfinished, `k8s.io/kubernetes/cmd/${name}`);
  renameSync(path.join(folder, unfinished), path.join(folder, name));
}

function go(cwd: string, ...command: readonly string[]): string {
  const env = { ...process.env, ...buildEnvironment, GOWORK: 'off' };
  return execFileSync('go', command, { cwd, env, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
}
