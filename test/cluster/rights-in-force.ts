import { expect } from 'vitest';

import { accepted, type Api, type KubeObject } from './api.ts';
import { eventually } from './eventually.ts';

interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}
interface Binding extends KubeObject {
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly Subject[];
}
interface Subject {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/** Waits until the API server goes by these roles and bindings, of which it learns a moment after it has stored them. */
export async function rightsInForce(api: Api, objects: readonly KubeObject[]): Promise<void> {
  const bindings = objects.filter(({ kind }) => kind.endsWith('RoleBinding')) as Binding[];
  for (const { metadata, roleRef, subjects = [] } of bindings) {
    const role = objects.find(({ kind, metadata: of }) => {
      const isThere = kind === 'ClusterRole' || of.namespace === metadata.namespace;
      return kind === roleRef.kind && of.name === roleRef.name && isThere;
    });
    const rules = ((role?.['rules'] ?? []) as Rule[]).filter(({ resources }) => resources);
    for (const rule of rules)
      for (const subject of subjects) await mayByRule(api, subject, rule, metadata.namespace);
  }
}

/** One right of a rule stands for all, since they come together. */
async function mayByRule(api: Api, subject: Subject, rule: Rule, namespace?: string) {
  const [group = ''] = rule.apiGroups ?? [];
  const [resource, subresource] = (rule.resources?.[0] ?? '').split('/');
  const [name] = rule.resourceNames ?? [];
  const [verb] = rule.verbs;
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    metadata: {},
    spec: {
      ...userOf(subject),
      resourceAttributes: { verb, group, resource, subresource, name, namespace },
    },
  };
  await eventually(`the right of ${subject.name} to ${verb} ${resource}`, async () => {
    const { status } = await accepted(api.create<{ status: { allowed: boolean } }>(review));
    expect(status.allowed).toBe(true);
  });
}

function userOf({ kind, name, namespace }: Subject): object {
  if (kind !== 'ServiceAccount') return { user: name };
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
  return { user: `system:serviceaccount:${namespace}:${name}`, groups };
}
