import { KubeConfig } from '@kubernetes/client-node';

/** The namespace of the current context of the kubeconfig, or of the pod that this runs in; undefined where none is set. */
export function currentNamespace(): string | undefined {
  const config = new KubeConfig();
  config.loadFromDefault();
  return config.getContextObject(config.getCurrentContext())?.namespace || undefined;
}
