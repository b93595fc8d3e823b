import type { Delivery } from '../../core/delivery/delivery.ts';
import { notPermitted, rival, sourceMissing } from '../../core/delivery/problem-text.ts';
import type { KubeApi, KubeObject } from '../../kube/client/api.ts';
import type { Deliveries } from '../../core/delivery/policy-delivery.ts';
import type { ObservedSecret } from '../cluster/observed-secret.ts';
import type { ObservedSecrets } from '../cluster/observed-secrets.ts';
import type { OperatorObjects } from '../cluster/operator-objects.ts';
import type { CachedPolicies } from '../cluster/policies.ts';
import type { CachedObjects } from '../manager/cache.ts';
import type { Controller } from '../manager/controller.ts';
import type { Topic } from '../manager/source.ts';
import { type Delivered, deliver } from './deliver.ts';
import { createDeliveryPlan } from './delivery-plan.ts';
import { createDeliveryProblems } from './delivery-problems.ts';
import { homeName as homeNameOf } from './home-name.ts';
import { createPruning } from './prune-copies.ts';
import { createSources } from './sources.ts';

/** What deliveries are made of. */
export interface DeliveryControllerOptions {
  readonly api: KubeApi;
  /** The namespace of token-injector itself. */
  readonly namespace: string;
  readonly policies: CachedPolicies;
  readonly namespaces: CachedObjects;
  readonly secrets: ObservedSecrets;
  readonly operatorObjects: Omit<OperatorObjects, 'state'>;
  readonly digest: (value: string) => string;
  readonly deliveries: Topic<Deliveries>;
  /** Told what became of each write of a copy. */
  readonly onDelivery: (outcome: 'written' | 'deleted' | 'failed') => void;
}

const maxConcurrent = 10;

/** Keeps the Secrets that policies deliver in each namespace that gets them; a key is `policy/namespace`. */
export function createDeliveryController(options: DeliveryControllerOptions): Controller {
  const { api, policies, namespaces, secrets, deliveries, onDelivery } = options;
  const sources = createSources(api, options.digest);
  const problems = createDeliveryProblems(deliveries);
  const homeName = (delivery: Delivery) => homeNameOf(options.operatorObjects, delivery);
  const plan = createDeliveryPlan({
    policies: () => policies.parsed(),
    namespaces,
    ownNamespace: options.namespace,
    homeName,
  });
  const prune = createPruning({ api, secrets, plan, onDeleted: () => onDelivery('deleted') });

  const keysOf = (delivery: Delivery) =>
    plan.namespacesOf(delivery).map((namespace) => keyOf(delivery.policy.name, namespace));

  /** Also of what was delivered before, which may have to go, and of problems, which may have ended. */
  function keys(): string[] {
    const copies = secrets.items().flatMap(({ target }) => copyKey(target));
    const told = [...deliveries.current].flatMap(([policy, { namespaces: each }]) =>
      ['', ...each.keys()].map((namespace) => keyOf(policy, namespace)),
    );
    return [...new Set([...plan.deliveries().flatMap(keysOf), ...copies, ...told])];
  }

  function keysForSecret(changed: KubeObject): string[] {
    const { target } = changed as ObservedSecret;
    const { name, namespace } = target;
    const delivered = plan.deliveries().flatMap((delivery) => {
      if (homeName(delivery) === name && delivery.source.namespace === namespace)
        return keysOf(delivery);
      return delivery.name === name ? keyOf(delivery.policy.name, namespace) : [];
    });
    return [...copyKey(target), ...delivered];
  }

  function keysForNamespace({ metadata: { name } }: KubeObject): string[] {
    return [
      ...plan.deliveries().map(({ policy }) => keyOf(policy.name, name)),
      ...secrets.in(name).flatMap(({ target }) => copyKey(target)),
    ];
  }

  async function deliverTo(delivery: Delivery, namespace: string): Promise<Delivered> {
    const { name, source, policy } = delivery;
    const home = homeName(delivery);
    if (home === undefined) return {};
    const unreadable = [home, name].find((each) => !secrets.mayRead(each));
    if (unreadable !== undefined) return { source: notPermitted(unreadable, 'read') };
    const from = secrets.get(source.namespace, home);
    if (!from) return { source: sourceMissing(home, delivery) };
    const provider = plan.provider(name, namespace) ?? delivery;
    if (provider !== delivery) return { problem: rival(name, provider.policy.name) };
    const policyUid = policies.get(policy.name)?.metadata.uid;
    if (policyUid === undefined) return {};
    return deliver(
      { api, sources, project: secrets.project, onWritten: () => onDelivery('written') },
      { delivery, policyUid, namespace, home: from, live: secrets.get(namespace, name) },
    );
  }

  return {
    name: 'delivery',
    watches: [
      policies,
      options.operatorObjects,
      { subscribe: namespaces.subscribe, keysFor: keysForNamespace },
      ...secrets.watched.map(({ subscribe }) => ({ subscribe, keysFor: keysForSecret })),
    ],
    keys,
    maxConcurrent,
    whenReady: Promise.all([
      policies.whenSynced,
      namespaces.whenSynced,
      ...secrets.watched.map(({ whenTried }) => whenTried),
    ]),
    async reconcile(key) {
      const [policy = '', namespace = ''] = key.split('/');
      const delivery = plan.of(policy);
      if (!delivery) problems.clear(policy);
      const { source, problem, error } =
        delivery && plan.reaches(delivery, namespace) ? await deliverTo(delivery, namespace) : {};
      if (source) problems.setSource(policy, source === 'sound' ? undefined : source);
      problems.set(policy, namespace, problem);
      if (error !== undefined) onDelivery('failed');
      // Last, since whoever sets our label on a Secret that we may not delete has it fail.
      await prune(policy, namespace);
      if (error !== undefined) throw error;
      return undefined;
    },
  };
}

function keyOf(policy: string, namespace: string): string {
  return `${policy}/${namespace}`;
}

function copyKey({ policy, namespace }: ObservedSecret['target']): string[] {
  return policy === undefined ? [] : [keyOf(policy, namespace)];
}
