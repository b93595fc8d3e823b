import { Option } from 'commander';
import { namespace } from './flag-values.ts';

/** The flags that choose a cluster and a namespace of it, as kubectl has them. */
export interface ClusterFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly cluster?: string;
  readonly user?: string;
  readonly as?: string;
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
  ];
}
