import { deliveryLabel, nameLabel, resyncAnnotation } from '../../../src/core/identity.ts';
import type { Deliveries } from '../../../src/core/delivery/policy-delivery.ts';
import type { KubeObject } from '../../../src/kube/client/api.ts';
import { resources } from '../../../src/kube/client/resources.ts';
import type { FakeApi } from '../../kube/fake-api.ts';
import { namespaceNames, secretNames } from './steps.ts';
import { canary, isOurs, ownKeys } from './world.ts';

const { secrets, namespaces, tokenPolicies } = resources;

interface Spec {
  readonly match: {
    readonly namespaces?: readonly string[];
    readonly namespaceSelector?: { readonly matchLabels: { readonly team: string } };
  };
  readonly secret: {
    readonly name: string;
    readonly source?: { readonly name: string; readonly namespace: string };
    readonly template?: object;
  };
}

/** What is wrong with a cluster at rest, in words; said in another way than the controller decides it. */
export function faults(api: FakeApi, told: Deliveries): string[] {
  const policies = api.all(tokenPolicies) as StoredPolicy[];
  const places = namespaceNames.flatMap((namespace) =>
    secretNames.map((name) => ({ namespace, name })),
  );
  const text = JSON.stringify(
    [...told].map(([name, one]) => [name, one.source, ...one.namespaces]),
  );
  return [
    ...(text.includes(canary) || text.includes(btoa(canary).slice(0, 6))
      ? ['a value is told']
      : []),
    ...places.flatMap(({ namespace, name }) => {
      const fault = faultAt(namespace, name);
      return fault === undefined ? [] : [`${namespace}/${name}: ${fault}`];
    }),
  ];

  function faultAt(namespace: string, name: string): string | undefined {
    const live = api.stored(secrets, name, namespace);
    const where = api.stored(namespaces, namespace);
    if (!where || where.metadata.deletionTimestamp !== undefined) return undefined;
    const [policy, ...rivals] = policies.filter(({ spec }) => gets(spec, name, where));
    for (const { metadata } of rivals)
      if (problemOf(metadata.name, namespace) === undefined) return 'a rival is not told';
    if (policy) return faultOf(policy, live, namespace);
    if (!live || !isOurs(live)) return undefined;
    const owner = policies.find(
      ({ metadata }) => metadata.name === live.metadata.labels?.[deliveryLabel],
    );
    if (owner && (!isValid(owner.spec) || comesFrom(owner.spec, name, namespace))) return undefined;
    return 'a copy where none belongs';
  }

  function problemOf(policy: string, namespace: string): string | undefined {
    const { source, namespaces: each } = told.get(policy) ?? { namespaces: new Map() };
    return source?.reason ?? each.get(namespace)?.reason;
  }

  function faultOf(
    { metadata, spec }: StoredPolicy,
    live: KubeObject | undefined,
    namespace: string,
  ): string | undefined {
    const problem = problemOf(metadata.name, namespace);
    const wanted = wantedData(spec);
    const [state, expected] =
      typeof wanted === 'string'
        ? (['of the source', wanted] as const)
        : stateOf(metadata, wanted, live);
    return problem === expected ? undefined : `${problem} is told ${state}`;
  }

  /** The data that copies must have, or the reason for which there are none. */
  function wantedData({ secret }: Spec): Readonly<Record<string, string>> | string {
    const home = api.stored(secrets, secret.source!.name, 'home');
    if (!home) return 'SourceMissing';
    const data = home['data'] as Readonly<Record<string, string>>;
    if (!secret.template) return data;
    if (data['id'] === undefined) return 'SourceKeyMissing';
    const [token, id] = [atob(data['token']!), atob(data['id'])];
    if (token === '\u{FF}') return 'TemplateInvalid';
    return { token: btoa(`token: ${token}`), 'agent.yaml': btoa(`\${id}: ${id}\n`) };
  }
}

type StoredPolicy = KubeObject & { readonly spec: Spec };

/** What is in a namespace, and the problem that is to be told of it. */
function stateOf(
  metadata: KubeObject['metadata'],
  wanted: Readonly<Record<string, string>>,
  live: KubeObject | undefined,
): readonly [string, string | undefined] {
  if (!live) return ['of no copy', 'nothing at all'];
  if (!isOurs(live)) return ["of another's Secret", isProvided(live) ? undefined : 'Conflict'];
  const data = live['data'] as Readonly<Record<string, string>>;
  const wrong = Object.keys(wanted).filter((key) => data[key] !== wanted[key]);
  const stale = ownKeys(live).filter((key) => !Object.hasOwn(wanted, key));
  if (wrong.length + stale.length > 0 && live['immutable'] === true)
    return ['of an immutable one', 'Immutable'];
  const { labels = {}, annotations = {} } = live.metadata;
  const isResynced = annotations[resyncAnnotation] === undefined;
  // Who changed a label has it, and with it the whole copy.
  const isRelabelled = labels[deliveryLabel] === 'p9';
  const own = ownKeys(live);
  const isTaken = wrong.some((key) => key in data && !own.includes(key));
  if (isResynced && (isRelabelled || isTaken)) return ['of one taken over', 'TakenOver'];
  return isResynced && wrong.length + stale.length === 0 && isMarked(live, metadata)
    ? ['of a good copy', undefined]
    : ['of a wrong copy', 'nothing at all'];
}

function isProvided({ metadata }: KubeObject): boolean {
  return metadata.ownerReferences?.[0]?.kind === 'ExternalSecret';
}

/** Whether a copy has the labels and the owner that it should. */
function isMarked(
  { metadata: { labels = {}, ownerReferences = [] } }: KubeObject,
  { name, uid = '' }: KubeObject['metadata'],
): boolean {
  const isOwned = ownerReferences.some((owner) => owner.uid === uid);
  return isOwned && labels[deliveryLabel] === name && labels[nameLabel] !== undefined;
}

function gets({ match, secret }: Spec, name: string, { metadata }: KubeObject): boolean {
  const { source } = secret;
  if (!source || secret.name !== name) return false;
  if (metadata.name === 'home' && source.name === name) return false;
  const { namespaces: named, namespaceSelector } = match;
  if (named) return named.includes(metadata.name);
  return !namespaceSelector || metadata.labels?.['team'] === namespaceSelector.matchLabels.team;
}

/** Whether it is the Secret that the policy delivers. */
function comesFrom({ secret }: Spec, name: string, namespace: string): boolean {
  return secret.source?.name === name && secret.source.namespace === namespace;
}

function isValid({ secret }: Spec): boolean {
  return !secret.name.includes(' ');
}
