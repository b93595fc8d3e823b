import { existsSync } from 'node:fs';
import { type Cluster, KubeConfig, type User } from '@kubernetes/client-node';

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
  /** In place of the cluster's. */
  readonly server?: string;
  readonly certificateAuthority?: string;
  readonly insecureSkipTlsVerify?: boolean;
  /** In place of all credentials of the user. */
  readonly token?: string;
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
  config.clusters = changedClusters(config, cluster, chosen);
  config.users = replaced(
    config.users,
    changedUser(config.getUser(user) ?? { name: user }, chosen),
  );
  return config;
}

function chooseContext(config: KubeConfig, name: string): void {
  if (!config.getContextObject(name)) throw absent('context', name);
  config.setCurrentContext(name);
}

function replaced<T extends { readonly name: string }>(known: readonly T[], item: T): T[] {
  return [...known.filter(({ name }) => name !== item.name), item];
}

function changedClusters(config: KubeConfig, name: string, chosen: KubeconfigChoice): Cluster[] {
  // As without any kubeconfig, where --server says all.
  const known = config.getCluster(name) ?? { name, server: '', skipTLSVerify: false };
  const changed = { ...known, ...clusterChanges(chosen) };
  return changed.server === '' ? config.clusters : replaced(config.clusters, changed);
}

/** An undefined field says that what the cluster has there does not count. */
function clusterChanges({
  server,
  certificateAuthority,
  insecureSkipTlsVerify = false,
}: KubeconfigChoice): object {
  return {
    // The name in the certificate is that of the server of the kubeconfig.
    ...(server === undefined ? {} : { server: readServer(server), tlsServerName: undefined }),
    ...(insecureSkipTlsVerify || certificateAuthority !== undefined
      ? {
          caData: undefined,
          caFile: certificateAuthority,
          skipTLSVerify: insecureSkipTlsVerify,
        }
      : {}),
  };
}

/** The message does not repeat the address: there may be a password in it. */
function readServer(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw new Error('--server wants an address such as https://host:6443, without a user');
  return text;
}

function changedUser(user: User, { token, as }: KubeconfigChoice): User {
  const known = token === undefined ? user : { name: user.name, token };
  return as === undefined ? known : { ...known, impersonateUser: as };
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
