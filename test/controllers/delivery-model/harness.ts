import { createHash } from 'node:crypto';
import type { Deliveries } from '../../../src/core/delivery/policy-delivery.ts';
import { createSecretProjection } from '../../../src/controllers/cluster/observed-secret.ts';
import type { ObservedSecret } from '../../../src/controllers/cluster/observed-secret.ts';
import { createDeliveryController } from '../../../src/controllers/delivery/delivery-controller.ts';
import { createTopic } from '../../../src/controllers/manager/source.ts';
import { type KubeApi, KubeError, type KubeObject } from '../../../src/kube/client/api.ts';
import { resources } from '../../../src/kube/client/resources.ts';
import { createPolicyReader } from '../../../src/policies/stored-policies.ts';
import { type AroundRequest, type WorldStep, secretNames } from './steps.ts';
import { snapshots } from './snapshots.ts';
import { type World, isOurs } from './world.ts';

/** The process of the controller died. */
class Crash extends Error {
  override readonly name = 'Crash';
}

const watchedNames = ['s1', 's2', 'h1'];
const digest = (text: string) => createHash('sha256').update(text).digest('base64');

/** A controller that sees the cluster as late as the model wants, and whose requests fare as the model wants. */
export interface Harness {
  readonly deliveries: () => Deliveries;
  observe(kind: 'policies' | 'namespaces' | 'secrets'): void;
  /** Reconciles keys that wait, all at the same time; a number picks the key. */
  reconcile(which: readonly number[], around: readonly AroundRequest[]): Promise<void>;
  restart(): void;
  /** Lets everything catch up and nothing fail until no key waits. */
  rest(): Promise<void>;
}

/** Starts a controller. */
export function createHarness(world: World): Harness {
  const { api } = world;
  let around: AroundRequest[] = [];
  let process = start();

  function start() {
    let isDead = false;
    const queue = new Set<string>();
    const policies = snapshots(api, resources.tokenPolicies);
    const namespaces = snapshots(api, resources.namespaces);
    const project = createSecretProjection(digest);
    const secrets = snapshots(api, resources.secrets, project, world.deleted);
    const read = createPolicyReader();
    let items: readonly KubeObject[] = [];
    let parsed = read([]);
    const deliveries = createTopic<Deliveries>(new Map());
    const get = (namespace: string, name: string) =>
      secrets.get(name, namespace) as ObservedSecret | undefined;
    const die = () => {
      isDead = true;
      throw new Crash('the process died');
    };
    /** Carries out a request with what happens around it. */
    const request = async <T>(
      { namespace, name }: { readonly namespace: string; readonly name: string },
      send: () => Promise<T>,
    ): Promise<T> => {
      await Promise.resolve();
      if (isDead) throw new Crash('the process is dead');
      const { world: step, meddling, fate = 'answered' } = around.shift() ?? {};
      if (step) world.carryOut(step);
      if (meddling && isPlace(namespace, name))
        world.carryOut({ do: 'meddle', how: meddling, namespace, name } as WorldStep);
      if (fate === 'crash-before') die();
      if (fate === 'refused') throw new KubeError(500, 'InternalError', 'refused');
      const changes = world.guardOthers();
      // The fake has carried it out when the call returns, and meanwhile others act on the other key's behalf.
      const answering = send();
      const changed = changes();
      const answer = await answering;
      if (changed.length > 0) throw new Error(`what others wrote was changed: ${changed.join()}`);
      if (fate === 'crash-after') die();
      if (fate === 'answer-lost') throw new KubeError(0, 'ECONNRESET', 'lost');
      return answer;
    };
    const seen: KubeApi = {
      ...api,
      get: (resource, name, namespace = '') =>
        request({ namespace, name }, () => api.get(resource, name, namespace)),
      apply: (resource, object, options) =>
        request({ namespace: '', ...object.metadata }, () => api.apply(resource, object, options)),
      delete: (resource, name, namespace = '', options) =>
        request({ namespace, name }, () => api.delete(resource, name, namespace, options)),
    };
    const controller = createDeliveryController({
      api: seen,
      namespace: 'token-injector',
      policies: {
        ...policies,
        parsed() {
          if (items !== policies.items()) parsed = read((items = policies.items()));
          return parsed;
        },
      },
      namespaces,
      secrets: {
        project,
        watched: [secrets],
        mayRead: (name) => watchedNames.includes(name),
        get,
        in: (namespace) => watchedNames.flatMap((name) => get(namespace, name) ?? []),
        items: () =>
          (secrets.items() as readonly ObservedSecret[]).filter(({ target }) =>
            watchedNames.includes(target.name),
          ),
      },
      operatorObjects: {
        subscribe: () => undefined,
        follow: () => true,
        secretName: () => undefined,
      },
      digest,
      deliveries,
      onDelivery: () => undefined,
    });
    const addAll = () => {
      for (const key of controller.keys()) queue.add(key);
    };
    for (const { subscribe, keysFor } of controller.watches)
      subscribe((changed) => {
        if (!changed || !keysFor) addAll();
        else for (const key of keysFor(changed)) queue.add(key);
      });
    for (const each of [policies, namespaces, secrets]) each.refresh();
    addAll();
    return { controller, queue, deliveries, kinds: { policies, namespaces, secrets } };
  }

  async function reconcile(keys: readonly string[]): Promise<void> {
    const { controller, queue } = process;
    for (const key of keys) queue.delete(key);
    const outcomes = await Promise.allSettled(keys.map((key) => controller.reconcile(key)));
    let crashed = false;
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.status === 'fulfilled') continue;
      if (outcome.reason instanceof Crash) crashed = true;
      else if (outcome.reason instanceof KubeError) queue.add(keys[index]!);
      else throw outcome.reason;
    }
    if (crashed) process = start();
  }

  return {
    deliveries: () => process.deliveries.current,
    observe: (kind) => process.kinds[kind].refresh(),
    async reconcile(which, happening) {
      const waiting = [...process.queue];
      if (waiting.length === 0) return;
      around = [...happening];
      await reconcile([...new Set(which.map((index) => waiting[index % waiting.length]!))]);
      around = [];
    },
    restart: () => {
      process = start();
    },
    async rest() {
      for (let round = 0; round < 50; round += 1) {
        world.carryOut({ do: 'collect-garbage' });
        for (const kind of ['policies', 'namespaces', 'secrets'] as const)
          process.kinds[kind].refresh();
        const waiting = [...process.queue];
        if (waiting.length === 0) return;
        for (const key of waiting) await reconcile([key]);
      }
      throw new Error(`it finds no rest: ${[...process.queue].join()}`);
    },
  };
}

function isPlace(namespace: string, name: string): boolean {
  return namespace.startsWith('n') && (secretNames as readonly string[]).includes(name);
}

/** How many copies there are. */
export function countCopies({ api }: World): number {
  return api.all(resources.secrets).filter(isOurs).length;
}
