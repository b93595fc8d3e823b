import { requirementsOf } from '../policy/label-selector.ts';
import { type PodIdentity, selectorMismatch } from '../policy/match.ts';
import type { Policy } from '../policy/compile-policy.ts';
import { selectsServiceAccount } from '../policy/service-account.ts';
import { implies } from '../policy/selector-implication.ts';
import { meetsMatchConditions } from './webhook-match-conditions.ts';
import { effectiveSelectors } from './selectors.ts';
import { maxPoliciesPerPod } from './webhook-timeout.ts';

/** More policies on one pod than the API server has time for while no answer of the webhook comes. */
export interface Overlap {
  /** The names of the policies, in order. */
  readonly policies: readonly string[];
  /** Which pod it is: one that exists, or any that the policy selects. */
  readonly pod: { readonly namespace: string } | { readonly policy: string };
}

interface NamespacedPod extends PodIdentity {
  readonly namespace: string;
}

/** The pods of a cluster, and where they are. */
export interface PodView<Pod extends NamespacedPod = NamespacedPod> {
  readonly pods: readonly Pod[];
  /** Undefined where they are not known. */
  readonly namespaceLabels: (namespace: string) => Readonly<Record<string, string>> | undefined;
  /** The namespace of token-injector itself. */
  readonly ownNamespace: string;
}

/**
 * The worst overlap of each policy that is part of one: on pods that exist, and where selectors imply each other.
 * Selectors that merely could meet say nothing, or many policies for a label each would all be warned of.
 */
export function overlapsOf(
  policies: readonly Policy[],
  view: PodView,
  timeoutSeconds: number,
): ReadonlyMap<string, Overlap> {
  const most = maxPoliciesPerPod(timeoutSeconds);
  const worst = new Map<string, Overlap>();
  if (policies.length <= most) return worst;
  for (const overlap of [...onPods(policies, view), ...bySelectors(policies, view.ownNamespace)]) {
    if (overlap.policies.length <= most) continue;
    for (const name of overlap.policies) {
      const before = worst.get(name);
      if (!before || before.policies.length < overlap.policies.length) worst.set(name, overlap);
    }
  }
  return worst;
}

/** In the order of namespaces, so that of pods with the same policies it is always the same one that is named. */
function onPods(policies: readonly Policy[], view: PodView): Overlap[] {
  const { namespaceLabels, ownNamespace } = view;
  return view.pods
    .map((pod) => {
      const { namespace, labels } = pod;
      const known = namespaceLabels(namespace);
      const context = known && { namespace, namespaceLabels: known, ownNamespace };
      const asked = policies.filter(
        (policy) =>
          context !== undefined &&
          policy.selectsPod(labels) &&
          selectorMismatch(policy, labels, context) === undefined &&
          meetsMatchConditions(policy, pod),
      );
      return { policies: namesOf(asked), pod: { namespace } };
    })
    .toSorted((a, b) => (a.pod.namespace < b.pod.namespace ? -1 : 1));
}

/** A pod that asks for its token is one that every mode of `annotation` selects, so these do not count here. */
function bySelectors(policies: readonly Policy[], ownNamespace: string): Overlap[] {
  const selecting = policies.map((policy) => {
    const { namespaceSelector, objectSelector } = effectiveSelectors(policy, ownNamespace);
    return {
      policy,
      namespaces: requirementsOf(namespaceSelector),
      pods: requirementsOf(objectSelector),
      accounts: policy.spec.match.serviceAccountNames,
    };
  });
  return selecting.map((narrow) => ({
    policies: namesOf(
      selecting
        .filter(
          (wide) =>
            implies(narrow.pods, wide.pods) &&
            implies(narrow.namespaces, wide.namespaces) &&
            narrow.accounts.every((name) => selectsServiceAccount(wide.policy, name)) &&
            (narrow.accounts.length > 0 || wide.accounts.length === 0),
        )
        .map(({ policy }) => policy),
    ),
    pod: { policy: narrow.policy.name },
  }));
}

function namesOf(policies: readonly Policy[]): string[] {
  return policies.map(({ name }) => name).toSorted();
}

const maxNames = 5;

/** Which policies meet on which pod, what that costs and what to do. */
export function overlapText({ policies, pod }: Overlap, timeoutSeconds: number): string {
  const where =
    'namespace' in pod
      ? `a pod in namespace ${pod.namespace}`
      : `every pod that policy ${pod.policy} selects`;
  const more = policies.length - maxNames;
  const names = policies.slice(0, maxNames).join(', ') + (more > 0 ? ` and ${more} more` : '');
  return (
    `${policies.length} policies select ${where}, and ${maxPoliciesPerPod(timeoutSeconds)} should at most (${names}): ` +
    `while no answer of the webhook comes the API server waits ${timeoutSeconds} s for each, or twice that, and cannot create a pod that takes it more than 34 s. ` +
    'Join policies for the same pods, or narrow them.'
  );
}
