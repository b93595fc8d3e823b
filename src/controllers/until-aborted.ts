import type { KubeApi } from '../kube/api.ts';

/** An API through which nothing is written any more once the signal came: another one may be writing by then. */
export function untilAborted(api: KubeApi, signal: AbortSignal): KubeApi {
  const guard =
    <A extends unknown[], R>(write: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      signal.throwIfAborted();
      return write(...args);
    };
  return {
    ...api,
    create: guard((...args: Parameters<KubeApi['create']>) => api.create(...args)),
    replace: guard((...args: Parameters<KubeApi['replace']>) => api.replace(...args)),
    apply: guard((...args: Parameters<KubeApi['apply']>) => api.apply(...args)),
    delete: guard((...args: Parameters<KubeApi['delete']>) => api.delete(...args)),
  };
}
