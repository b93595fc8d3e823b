import { type Delivery, deliveryOf, deliversTo } from '../../core/delivery/delivery.ts';
import type { Policy } from '../../core/policy/compile-policy.ts';
import type { PoliciesByName } from '../../core/policy/parse-policy.ts';
import type { KubeObject } from '../../kube/client/api.ts';

/** What policies deliver to which namespaces, as policies and namespaces are now. */
export interface DeliveryPlan {
  /** All that is delivered, in the order of the policies' names. */
  deliveries(): readonly Delivery[];
  of(policy: string): Delivery | undefined;
  /** Whether a policy is there that cannot be read: what was delivered for it stays. */
  isUnreadable(policy: string): boolean;
  /** Whether a namespace is there and is not being deleted. */
  isOpen(namespace: string): boolean;
  /** Whether a policy delivers from there. */
  isHome(policy: string, secret: string, namespace: string): boolean;
  /** Whether a namespace gets the Secret. */
  reaches(delivery: Delivery, namespace: string): boolean;
  /** The namespaces that get the Secret. */
  namespacesOf(delivery: Delivery): readonly string[];
  /** Of the policies that deliver a Secret of that name to the namespace, the first: it alone writes it. */
  provider(secret: string, namespace: string): Delivery | undefined;
}

/** What a plan is made of. */
export interface DeliveryPlanOptions {
  readonly policies: () => PoliciesByName;
  readonly namespaces: {
    items(): readonly KubeObject[];
    get(name: string): KubeObject | undefined;
  };
  readonly ownNamespace: string;
  /** The name of the Secret that is delivered; undefined while it is not known. */
  readonly homeName: (delivery: Delivery) => string | undefined;
}

/** Plans by what is given, anew whenever it is asked. */
export function createDeliveryPlan(options: DeliveryPlanOptions): DeliveryPlan {
  const { policies, namespaces, ownNamespace, homeName } = options;
  const known = new WeakMap<Policy, Delivery>();
  let planned: { readonly from: PoliciesByName; readonly byName: ReadonlyMap<string, Delivery> };

  /** The same object for as long as the policy is the same. */
  function delivery(policy: Policy): Delivery | undefined {
    const found = known.get(policy) ?? deliveryOf(policy);
    if (found) known.set(policy, found);
    return found;
  }

  function byName(): ReadonlyMap<string, Delivery> {
    const from = policies();
    if (planned?.from !== from) {
      const found = [...from.values()].flatMap((parsed) =>
        parsed.ok ? (delivery(parsed.policy) ?? []) : [],
      );
      const sorted = found.toSorted((a, b) => (a.policy.name < b.policy.name ? -1 : 1));
      planned = { from, byName: new Map(sorted.map((one) => [one.policy.name, one])) };
    }
    return planned.byName;
  }

  function reaches(one: Delivery, namespace: KubeObject | undefined): boolean {
    // Nothing can be created in one that is being deleted.
    if (!isOpen(namespace)) return false;
    const { name, labels = {} } = namespace.metadata;
    return deliversTo(one, homeName(one) ?? one.source.name, {
      namespace: name,
      namespaceLabels: labels,
      ownNamespace,
    });
  }

  const plan: DeliveryPlan = {
    deliveries: () => [...byName().values()],
    of: (policy) => byName().get(policy),
    isUnreadable: (policy) => policies().get(policy)?.ok === false,
    isOpen: (namespace) => isOpen(namespaces.get(namespace)),
    isHome(policy, secret, namespace) {
      const one = plan.of(policy);
      if (one?.source.namespace !== namespace) return false;
      // While an ExternalSecret has not been looked at, it may make any.
      const home = homeName(one);
      return home === undefined || home === secret;
    },
    reaches: (one, namespace) => reaches(one, namespaces.get(namespace)),
    namespacesOf(one) {
      const { namespaces: named } = one.policy.spec.match;
      const candidates =
        named.length > 0 ? named.flatMap((name) => namespaces.get(name) ?? []) : namespaces.items();
      return candidates.filter((each) => reaches(one, each)).map(({ metadata }) => metadata.name);
    },
    provider: (secret, namespace) =>
      plan.deliveries().find((one) => one.name === secret && plan.reaches(one, namespace)),
  };
  return plan;
}

function isOpen(namespace: KubeObject | undefined): namespace is KubeObject {
  return namespace !== undefined && namespace.metadata.deletionTimestamp === undefined;
}
