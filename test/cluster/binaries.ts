/**
 * Finds or builds the programs of a cluster. Alone, `node test/cluster/binaries.ts` builds all of them and prints the
 * folder where they are kept, for a cache of a CI system or to have the wait behind one.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

import { logTail, openProcessGroup, type ProcessGroup } from './process-group.ts';

/** A program that this folder knows how to build. */
export type ProgramName = keyof typeof sources;

/** The full paths of the programs of a whole node, and of those that tests run against it. */
export type NodeBinaries = ControlPlaneBinaries &
  Readonly<Record<'kube-scheduler' | 'kubelet' | 'kube-proxy' | 'pause' | 'helm', string>>;

/** The full paths of the programs of a control plane, and of kubectl. */
export type ControlPlaneBinaries = Readonly<
  Record<'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kubectl', string>
>;

/** Says why programs cannot be had on this machine, and what would help. */
export class BinariesUnavailable extends Error {
  override readonly name = 'BinariesUnavailable';
}

const sources = {
  etcd: { module: 'etcd', package: 'go.etcd.io/etcd/server/v3' },
  'kube-apiserver': { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kube-apiserver' },
  'kube-controller-manager': {
    module: 'kubernetes',
    package: 'k8s.io/kubernetes/cmd/kube-controller-manager',
  },
  kubectl: { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kubectl' },
  'kube-scheduler': { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kube-scheduler' },
  kubelet: { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kubelet' },
  'kube-proxy': { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kube-proxy' },
  helm: { module: 'helm', package: 'helm.sh/helm/v4/cmd/helm' },
  pause: { module: 'pause', package: '.' },
  drift: { module: 'drift', package: '.' },
  'network-policy-agent': { module: 'network-policy-agent', package: '.' },
  'cert-manager': { module: 'cert-manager', package: '.' },
  'external-secrets': {
    module: 'external-secrets',
    package: 'github.com/external-secrets/external-secrets',
  },
  'sealed-secrets-controller': {
    module: 'sealed-secrets',
    package: 'github.com/bitnami-labs/sealed-secrets/cmd/controller',
  },
  kubeseal: {
    module: 'sealed-secrets',
    package: 'github.com/bitnami-labs/sealed-secrets/cmd/kubeseal',
  },
} as const;

const modules = path.join(import.meta.dirname, 'modules');
/** What programs are built with, beside this machine's own environment. */
export const buildEnvironment = { CGO_ENABLED: '0' };

/** The folder that keeps what is made once for many runs: programs in `bin`, images in `images`. */
export function cacheFolder(): string {
  return path.resolve(process.env['TOKEN_INJECTOR_CACHE'] || `${homedir()}/.cache/token-injector`);
}

/** Programs of other versions stay in it until someone deletes them. */
function binariesFolder(): string {
  return path.join(cacheFolder(), 'bin');
}

/**
 * Takes a program from the folder KUBEBUILDER_ASSETS if it is there, else from our own folder, else builds it, which
 * takes minutes where nothing has been compiled before.
 */
export async function findBinary(name: ProgramName): Promise<string> {
  const found = present(name);
  if (found !== undefined) return found;
  await checkGo(name);
  mkdirSync(binariesFolder(), { recursive: true });
  const group = openProcessGroup();
  try {
    return await build(group, name);
  } finally {
    await group.close();
  }
}

/** Finds or builds all programs of a control plane, one after the other: a build uses the whole machine. */
export async function findControlPlaneBinaries(): Promise<ControlPlaneBinaries> {
  return {
    etcd: await findBinary('etcd'),
    'kube-apiserver': await findBinary('kube-apiserver'),
    'kube-controller-manager': await findBinary('kube-controller-manager'),
    kubectl: await findBinary('kubectl'),
  };
}

/** Finds or builds all programs of a node, in the same way. */
export async function findNodeBinaries(): Promise<NodeBinaries> {
  return {
    ...(await findControlPlaneBinaries()),
    'kube-scheduler': await findBinary('kube-scheduler'),
    kubelet: await findBinary('kubelet'),
    'kube-proxy': await findBinary('kube-proxy'),
    pause: await findBinary('pause'),
    helm: await findBinary('helm'),
  };
}

function present(name: ProgramName): string | undefined {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  const candidates = [...(assets ? [path.resolve(assets, name)] : []), target(name)];
  return candidates.find(isExecutable);
}

/** The full path of a program of this machine, which may be given by its full path already. */
export function programOnPath(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  return folders.map((folder) => path.resolve(folder, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Where a program is kept: the name changes with everything that the build depends on, except Go itself. */
function target(name: ProgramName): string {
  const folder = path.join(modules, sources[name].module);
  const hash = createHash('sha256');
  for (const file of readdirSync(folder).toSorted())
    hash.update(readFileSync(path.join(folder, file)));
  hash.update(
    JSON.stringify([process.platform, process.arch, buildEnvironment, buildArguments(name)]),
  );
  return path.join(binariesFolder(), `${name}-${hash.digest('hex').slice(0, 12)}`);
}

function buildArguments(name: ProgramName): string[] {
  const { module, package: main } = sources[name];
  const stamped = module === 'kubernetes';
  const mod = stamped ? readFileSync(path.join(modules, module, 'go.mod'), 'utf8') : '';
  return ['build', '-trimpath', '-ldflags', linkerFlags(mod), main];
}

/**
 * What the linker is told: with the version that the go.mod of a Kubernetes names. Without it an API server calls itself
 * v0.0.0-master, and clients that check its version refuse it.
 */
export function linkerFlags(mod: string): string {
  const [, version, major, minor] = /^\s*k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\S+)/m.exec(mod) ?? [];
  const values = { gitMajor: major, gitMinor: minor, gitVersion: version, gitTreeState: 'clean' };
  const places = version ? ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'] : [];
  const stamps = places.flatMap((where) =>
    Object.entries(values).map(([key, value]) => `-X ${where}.${key}=${value}`),
  );
  return ['-s', '-w', ...stamps].join(' ');
}

async function checkGo(name: ProgramName): Promise<void> {
  const folder = path.join(modules, sources[name].module);
  const mod = readFileSync(path.join(folder, 'go.mod'), 'utf8');
  const wanted = /^go (\d+\.\d+)/m.exec(mod)?.[1] ?? '';
  try {
    // In the module's folder, so that a Go that fetches the newer one a module wants may do so.
    await promisify(execFile)('go', ['list', '-m'], { cwd: folder });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const reason = message.trimEnd().split('\n').at(-1);
    throw new BinariesUnavailable(
      `Go ${wanted} or newer is needed to build ${name} (${reason}); or set KUBECONFIG to use an existing cluster, ` +
        'or KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver, kube-controller-manager and kubectl',
      { cause: error },
    );
  }
}

async function build(group: ProcessGroup, name: ProgramName): Promise<string> {
  const file = target(name);
  const unfinished = path.join(binariesFolder(), `.${path.basename(file)}.${process.pid}`);
  const begin = performance.now();
  const say = (what: string): void => {
    const seconds = Math.round((performance.now() - begin) / 1000);
    process.stderr.write(`test cluster: ${what} ${name} (${seconds} s)\n`);
  };
  say('building');
  const progress = setInterval(() => say('still building'), 15_000);
  try {
    const [verb = '', ...rest] = buildArguments(name);
    const go = await group.start(`build-${name}`, 'go', [verb, '-o', unfinished, ...rest], {
      cwd: path.join(modules, sources[name].module),
      // Go leaves its work folder behind when it is stopped.
      env: { ...buildEnvironment, GOTMPDIR: group.folder },
    });
    const how = await go.ended;
    if (how !== 'exit code 0') throw new Error(`go build ended (${how})\n${logTail(go)}`);
    renameSync(unfinished, file);
    say('built');
    return file;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BinariesUnavailable(`building ${name} failed: ${reason}`, { cause: error });
  } finally {
    clearInterval(progress);
    rmSync(unfinished, { force: true });
  }
}

if (import.meta.main) {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- these are its keys
    for (const name of Object.keys(sources) as ProgramName[]) await findBinary(name);
    process.stdout.write(`${binariesFolder()}\n`);
  } catch (error) {
    if (!(error instanceof BinariesUnavailable)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
