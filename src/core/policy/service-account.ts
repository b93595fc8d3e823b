import { celList } from '../cel.ts';
import type { Json } from '../json.ts';
import type { Policy } from './compile-policy.ts';

// What the API server fills in, before it asks a webhook.
const defaultName = 'default';

/** The name of a pod's ServiceAccount; where the API server has not filled it in yet, that which it will. */
export function serviceAccountName({ serviceAccountName: name, serviceAccount }: Json): string {
  if (typeof name === 'string' && name !== '') return name;
  return typeof serviceAccount === 'string' && serviceAccount !== '' ? serviceAccount : defaultName;
}

/** Whether a policy is for pods with a ServiceAccount of that name. */
export function selectsServiceAccount({ spec }: Pick<Policy, 'spec'>, name: string): boolean {
  const { serviceAccountNames } = spec.match;
  return serviceAccountNames.length === 0 || serviceAccountNames.includes(name);
}

/** The same question as CEL, about a pod that the API server admits. */
export function selectsServiceAccountCel(names: readonly string[]): string {
  return `(has(object.spec.serviceAccountName) ? object.spec.serviceAccountName : '${defaultName}') in ${celList(names)}`;
}
