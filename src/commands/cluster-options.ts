import { Option } from 'commander';
import { namespace, requestTimeout } from './flag-values.ts';

/** The flags that choose a cluster and a namespace of it, as kubectl has them. */
export interface ClusterFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly cluster?: string;
  readonly user?: string;
  readonly as?: string;
  readonly server?: string;
  readonly token?: string;
  readonly certificateAuthority?: string;
  readonly insecureSkipTlsVerify?: boolean;
  /** In milliseconds. */
  readonly requestTimeout?: number;
  readonly namespace?: string;
}

/** The flag that asks for all namespaces, and so not for one. */
export function allNamespacesOption(description: string): Option {
  return new Option('-A, --all-namespaces', description).conflicts('namespace');
}

/** The flags of every command that asks a cluster. */
export function clusterOptions(): Option[] {
  return [
    new Option(
      '-n, --namespace <name>',
      "namespace (default: that of the kubeconfig's context)",
    ).argParser(namespace),
    new Option('--context <name>', 'context of the kubeconfig'),
    new Option('--kubeconfig <path>', 'kubeconfig (default: $KUBECONFIG, else ~/.kube/config)'),
    new Option('--cluster <name>', 'cluster of the kubeconfig, instead of the one of the context'),
    new Option('--user <name>', 'user of the kubeconfig, instead of the one of the context'),
    new Option('--as <name>', 'user to impersonate'),
    new Option(
      '-s, --server <address>',
      'address of the API server, instead of that of the cluster',
    ),
    new Option(
      '--token <token>',
      'bearer token, instead of the credentials of the user; the list of processes shows it, so a kubeconfig is safer',
    ),
    new Option(
      '--certificate-authority <file>',
      'CA of the API server, instead of that of the cluster',
    ),
    new Option('--insecure-skip-tls-verify', 'do not verify the certificate of the API server'),
    new Option(
      '--request-timeout <duration>',
      'how long to wait for an answer, such as 10 or 10s (default: 30s)',
    ).argParser(requestTimeout),
  ];
}
