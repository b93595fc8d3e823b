import { isObject } from '../../core/json.ts';

/** What to do with a kustomization. */
export const kustomizationHint =
  'a kustomization is not built: read the output of kubectl kustomize FOLDER';

/** What to do where a document is what objects of Kubernetes are rendered from; undefined where it is not. */
export function sourceHint(file: string, object: unknown): string | undefined {
  if (!isObject(object)) return undefined;
  if (isKustomization(file, object)) return kustomizationHint;
  if (object.apiVersion !== undefined || object.kind !== undefined) return undefined;
  return 'this has neither apiVersion nor kind, so it is no object of Kubernetes; if it is the values of a Helm chart, read the output of helm template RELEASE CHART --values FILE';
}

/** Whether a document is a kustomization, which may leave out what it is. */
export function isKustomization(file: string, object: unknown): boolean {
  const { apiVersion, kind } = isObject(object) ? object : {};
  if (kind === undefined) return /(^|[/\\])kustomization\.ya?ml$/.test(file);
  return kind === 'Kustomization' && String(apiVersion).startsWith('kustomize.config.k8s.io/');
}
