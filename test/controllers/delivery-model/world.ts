import { isDeepStrictEqual } from 'node:util';
import {
  deliveryFieldManager,
  deliveryLabel,
  resyncAnnotation,
} from '../../../src/core/identity.ts';
import { KubeError, type KubeObject } from '../../../src/kube/client/api.ts';
import { resources } from '../../../src/kube/client/resources.ts';
import { type FakeApi, fakeApi } from '../../kube/fake-api.ts';
import { tokenPolicy } from '../controller-under-test.ts';
import type { Meddling, WorldStep } from './steps.ts';

/** A word that no problem and no log may have, in every value. */
export const canary = 'canary';
const { secrets, namespaces, tokenPolicies } = resources;
const binary = '/w==';

/** The cluster of the model: an API server with the chart's fence around our account, and everybody but us. */
export interface World {
  readonly api: FakeApi;
  carryOut(step: WorldStep): void;
  /** The Secrets that were deleted so far, of which a watch tells though nothing is left of them. */
  readonly deleted: readonly KubeObject[];
  /** Takes down what is not ours to change; what it gives back names what of it has changed since. */
  guardOthers(): () => readonly string[];
}

/** A cluster in which one policy delivers a Secret to two namespaces. */
export function createWorld(): World {
  const api = fakeApi([
    namespace('home', 'home'),
    namespace('n1', 'a'),
    namespace('n2', 'b'),
    { ...homeSecret('h1', 0), apiVersion: 'v1', kind: 'Secret' },
    policy({
      do: 'policy',
      name: 'p1',
      secret: 's1',
      home: 'h1',
      state: 'by-name',
      templated: false,
    }),
  ]);
  let edits = 0;
  const deleted: KubeObject[] = [];
  const removeSecret = (name: string, where: string) => {
    const live = api.stored(secrets, name, where);
    if (live) deleted.push(live);
    api.remove(secrets, name, where);
  };

  // As the ValidatingAdmissionPolicy of the chart and the API server itself do.
  api.admitWith((object, { verb, kind }) => {
    if (verb !== 'apply' || kind !== 'Secret') return object;
    const { name, namespace: where = '' } = object.metadata;
    const before = api.stored(secrets, name, where);
    const home = api.stored(namespaces, where);
    if (!home) throw new KubeError(404, 'NotFound', 'no such namespace');
    if (!before && home.metadata.deletionTimestamp !== undefined)
      throw new KubeError(403, 'Forbidden', 'it is being terminated');
    if (before && !isOurs(before)) throw new KubeError(422, 'Invalid', 'the fence');
    return object;
  });

  const put = (secret: KubeObject, manager?: string) =>
    void api.put({ ...secret, apiVersion: 'v1', kind: 'Secret' }, manager);

  function meddle({ how, namespace: where, name }: WorldStep & { readonly do: 'meddle' }): void {
    const live = api.stored(secrets, name, where);
    if (!live || !isOurs(live)) return;
    edits += 1;
    if (how === 'delete') removeSecret(name, where);
    else if (how === 'take-by-force')
      // An immutable one refuses that.
      void api
        .apply(
          secrets,
          { metadata: { name, namespace: where }, data: { token: value(`forced-${edits}`) } },
          { fieldManager: 'agent', force: true },
        )
        .catch(() => undefined);
    else {
      const changed = changes[how](live as Copy, edits);
      const isRefused = live['immutable'] === true && changed['data'] !== live['data'];
      if (!isRefused) put(changed);
    }
  }

  function changeNamespace({
    namespace: name,
    state,
  }: WorldStep & { readonly do: 'namespace' }): void {
    const before = api.stored(namespaces, name);
    if (state === 'terminating') {
      const deletionTimestamp = '2026-01-01T00:00:00Z';
      if (before) api.put({ ...before, metadata: { ...before.metadata, deletionTimestamp } });
      return;
    }
    if (state === 'gone' || before?.metadata.deletionTimestamp !== undefined) {
      for (const { metadata } of api
        .all(secrets)
        .filter((each) => each.metadata.namespace === name))
        removeSecret(metadata.name, name);
      api.remove(namespaces, name);
    }
    if (state !== 'gone') api.put(namespace(name, state));
  }

  function putOthers(step: WorldStep & { readonly do: 'other-secret' }): void {
    const before = api.stored(secrets, step.name, step.namespace);
    const where = api.stored(namespaces, step.namespace);
    if (!where || (before && isOurs(before))) return;
    removeSecret(step.name, step.namespace);
    edits += 1;
    if (step.state !== 'gone') put(otherSecret(step, edits));
  }

  /** Deletes what only objects own that are gone. */
  function collectGarbage(): void {
    const uids = new Set(api.all(tokenPolicies).map(({ metadata }) => metadata.uid));
    for (const { metadata } of api.all(secrets)) {
      const { ownerReferences = [], name, namespace: where } = metadata;
      const owners = ownerReferences.filter(({ kind }) => kind === 'TokenPolicy');
      if (owners.length > 0 && owners.every(({ uid }) => !uids.has(uid)))
        removeSecret(name, where!);
    }
  }

  return {
    api,
    deleted,
    guardOthers() {
      const before = api.all(secrets);
      return () =>
        before.flatMap((secret) => {
          const { name, namespace: where } = secret.metadata;
          const now = api.stored(secrets, name, where);
          const isKept = isOurs(secret)
            ? now === undefined || keepsOthersData(secret, now)
            : isDeepStrictEqual(secret, now);
          return isKept ? [] : [`${where}/${name}`];
        });
    },
    carryOut(step) {
      switch (step.do) {
        case 'home':
          removeSecret(step.name, 'home');
          if (step.state !== 'gone') put(homeSecret(step.name, step.state));
          return;
        case 'namespace':
          changeNamespace(step);
          return;
        case 'policy':
          if (step.state === 'gone') api.remove(tokenPolicies, step.name);
          else api.put(policy(step));
          return;
        case 'other-secret':
          putOthers(step);
          return;
        case 'meddle':
          meddle(step);
          return;
        case 'collect-garbage':
          collectGarbage();
          return;
        default:
          step satisfies never;
      }
    },
  };
}

type Copy = KubeObject & { readonly data: Readonly<Record<string, string>> };

/** What others make of a copy. */
const changes: Readonly<
  Record<Exclude<Meddling, 'delete' | 'take-by-force'>, (copy: Copy, edit: number) => KubeObject>
> = {
  edit: (copy, edit) =>
    'token' in copy.data ? { ...copy, data: { ...copy.data, token: value(`edit-${edit}`) } } : copy,
  'add-key': (copy, edit) => ({ ...copy, data: { ...copy.data, extra: value(`extra-${edit}`) } }),
  'drop-key': (copy) => {
    const { token: _, ...data } = copy.data;
    return { ...copy, data };
  },
  'drop-our-label': (copy) => {
    const { [deliveryLabel]: _, ...labels } = copy.metadata.labels ?? {};
    return { ...copy, metadata: { ...copy.metadata, labels } };
  },
  'drop-labels': (copy) => {
    const { [deliveryLabel]: policyName = '' } = copy.metadata.labels ?? {};
    return { ...copy, metadata: { ...copy.metadata, labels: { [deliveryLabel]: policyName } } };
  },
  'drop-owners': (copy) => ({ ...copy, metadata: { ...copy.metadata, ownerReferences: [] } }),
  relabel: (copy) => {
    const labels = { ...copy.metadata.labels, [deliveryLabel]: 'p9' };
    return { ...copy, metadata: { ...copy.metadata, labels } };
  },
  freeze: (copy) => ({ ...copy, immutable: true }),
  'ask-for-resync': (copy) => {
    const annotations = { ...copy.metadata.annotations, [resyncAnnotation]: 'true' };
    return { ...copy, metadata: { ...copy.metadata, annotations } };
  },
};

/** Whether a Secret was delivered by us, or may pass for it. */
export function isOurs({ metadata }: KubeObject): boolean {
  return metadata.labels?.[deliveryLabel] !== undefined;
}

/** Whether a copy still has what other writers put in it, unless somebody asked for it to be taken back. */
function keepsOthersData(before: KubeObject, now: KubeObject): boolean {
  if (before.metadata.annotations?.[resyncAnnotation] !== undefined) return true;
  const own = ownKeys(before);
  const data = now['data'] as Readonly<Record<string, unknown>>;
  return Object.entries(before['data'] as object).every(
    ([key, content]) => own.includes(key) || data[key] === content,
  );
}

/** The keys of a Secret that we wrote last. */
export function ownKeys({ metadata }: KubeObject): string[] {
  const ours = metadata.managedFields?.find(({ manager }) => manager === deliveryFieldManager);
  return Object.keys(ours?.fieldsV1?.['f:data'] ?? {}).map((field) => field.slice(2));
}

function value(text: string): string {
  return btoa(`${canary}-${text}`);
}

function namespace(name: string, team: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { team } } };
}

function homeSecret(name: string, state: string | number): KubeObject {
  const token = state === 'other-bytes' ? binary : value(String(state));
  return {
    metadata: { name, namespace: 'home' },
    type: 'kubernetes.io/of-another-type',
    ...(state === 'immutable' && { immutable: true }),
    data: { token, ...(state !== 'key-missing' && { id: value('id') }) },
  };
}

function otherSecret(
  { name, namespace: where, state }: WorldStep & { readonly do: 'other-secret' },
  edit: number,
): KubeObject {
  const owner = { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', name, uid: 'es' };
  return {
    metadata: {
      name,
      namespace: where,
      ...(state === 'operated' && { ownerReferences: [owner] }),
    },
    data: { token: value(`others-${edit}`) },
  };
}

const template = { token: 'token: ${token}', 'agent.yaml': '$${id}: ${id}\n' };

function policy({
  name,
  secret,
  home,
  state,
  templated,
}: WorldStep & { readonly do: 'policy' }): KubeObject {
  if (state === 'delivers-nothing') return tokenPolicy(name, { secret: { name: secret } });
  return tokenPolicy(name, {
    match: {
      podSelector: { matchLabels: { agent: name } },
      ...(state === 'by-name' && { namespaces: ['n1', 'n2', 'home', 'n9'] }),
      ...(state === 'by-label' && { namespaceSelector: { matchLabels: { team: 'a' } } }),
    },
    secret: {
      name: state === 'invalid' ? 'Not A Name' : secret,
      source: { namespace: 'home', name: home },
      everyNamespace: state !== 'by-name',
      ...(templated && { template }),
    },
  });
}
