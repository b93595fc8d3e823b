import type { KubeApi } from '../../kube/client/api.ts';

type Reads = Pick<KubeApi, 'get' | 'list'>;

/** Asks for each object once, since the objects that are explained together have namespaces and Secrets in common. */
export function rememberReads(api: Reads): Reads {
  const known = new Map<string, ReturnType<Reads['get']>>();
  return {
    list: (...query) => api.list(...query),
    get: (resource, name, namespace) => {
      const key = JSON.stringify([resource.apiVersion, resource.plural, namespace, name]);
      const answer = known.get(key) ?? api.get(resource, name, namespace);
      known.set(key, answer);
      return answer;
    },
  };
}
