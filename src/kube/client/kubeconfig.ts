import { existsSync } from 'node:fs';
import { KubeConfig } from '@kubernetes/client-node';

/** Which kubeconfig to read, and what to choose in it, as kubectl's flags of these names do. */
export interface KubeconfigChoice {
  /**
   * A file, or the files that KUBECONFIG lists, of which those that are missing are passed over; by default ~/.kube/config,
   * else the service account of the pod.
   */
  readonly kubeconfig?: string | readonly string[];
  readonly context?: string;
  readonly cluster?: string;
  readonly user?: string;
  /** The user to impersonate. */
  readonly as?: string;
}

/** Reads the kubeconfig, with what is chosen as its current context; throws where it cannot be used. */
export function loadKubeconfig({ kubeconfig = [], ...chosen }: KubeconfigChoice): KubeConfig {
  const config = readFiles(kubeconfig);
  if (chosen.context !== undefined) chooseContext(config, chosen.context);
  const current = config.getContextObject(config.getCurrentContext());
  const { cluster = current?.cluster ?? '', user = current?.user ?? '' } = chosen;
  if (chosen.cluster !== undefined && !config.getCluster(cluster)) throw absent('cluster', cluster);
  if (chosen.user !== undefined && !config.getUser(user)) throw absent('user', user);
  const name = config.getCurrentContext() ?? '';
  config.contexts = [{ ...current, name, cluster, user }];
  config.setCurrentContext(name);
  if (chosen.as !== undefined) impersonate(config, user, chosen.as);
  return config;
}

function chooseContext(config: KubeConfig, name: string): void {
  if (!config.getContextObject(name)) throw absent('context', name);
  config.setCurrentContext(name);
}

function impersonate(config: KubeConfig, user: string, impersonateUser: string): void {
  config.users = config.users.map((known) =>
    known.name === user ? { ...known, impersonateUser } : known,
  );
}

/** The namespace of the current context, or of the pod that this runs in; undefined where none is set. */
export function currentNamespace(choice: KubeconfigChoice): string | undefined {
  const config = loadKubeconfig(choice);
  return config.getContextObject(config.getCurrentContext())?.namespace || undefined;
}

function readFiles(kubeconfig: string | readonly string[]): KubeConfig {
  const config = new KubeConfig();
  if (typeof kubeconfig === 'string') config.loadFromFile(kubeconfig);
  else if (kubeconfig.length === 0) config.loadFromDefault();
  else {
    const present = kubeconfig.filter((file) => existsSync(file));
    if (present.length === 0) throw new Error(`there is no file ${kubeconfig.join(' or ')}`);
    for (const file of present) mergeFile(config, file);
  }
  return config;
}

/** As kubectl merges them: of two entries with one name the first counts, as a whole. */
function mergeFile(config: KubeConfig, file: string): void {
  const next = new KubeConfig();
  next.loadFromFile(file);
  config.clusters = withNew(config.clusters, next.clusters);
  config.users = withNew(config.users, next.users);
  config.contexts = withNew(config.contexts, next.contexts);
  if (!config.getCurrentContext()) config.setCurrentContext(next.getCurrentContext());
}

function withNew<T extends { readonly name: string }>(
  known: readonly T[],
  next: readonly T[],
): T[] {
  const names = new Set(known.map(({ name }) => name));
  return [...known, ...next.filter(({ name }) => !names.has(name))];
}

function absent(what: string, name: string): Error {
  return new Error(`it has no ${what} ${JSON.stringify(name)}`);
}
