import fc from 'fast-check';
import {
  type InjectionContext,
  decideInjection,
} from '../../../src/core/injection/decide-injection.ts';
import { type StringMap, requirementsOf } from '../../../src/core/policy/label-selector.ts';
import type { Policy } from '../../../src/core/policy/compile-policy.ts';
import { policySet } from '../../../src/core/policy/policy-set.ts';
import type { LabelSelector } from '../../../src/core/policy/schema.ts';
import { applyOperations } from '../../../src/manifests/edit/apply-operations.ts';
import { readPolicy } from '../../case-folder.ts';
import { arbitraryPolicy } from '../arbitrary-policy.ts';
import { arbitraryPod, selectedNames } from '../arbitrary-pod.ts';

/** One or two policies and a pod that they are asked about in turn, as the API server does. */
export interface Situation {
  readonly policies: readonly Policy[];
  readonly pod: unknown;
  readonly facts: InjectionContext;
}

const ownNamespace = 'token-injector';
const mostly = <const T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof(
    { weight: 50, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(usual, ...others) },
  );

/** Labels that satisfy a selector, where its requirements leave room for any. */
function satisfying(selector: LabelSelector): StringMap {
  const labels = new Map<string, string>();
  for (const { key, operator, values = [] } of requirementsOf(selector)) {
    if (operator === 'In') labels.set(key, values[0]!);
    if (operator === 'Exists' && !labels.has(key)) labels.set(key, 'any');
    if (operator === 'NotIn' && labels.has(key) && values.includes(labels.get(key)!))
      labels.delete(key);
  }
  return Object.fromEntries(labels);
}

// A list of what is left out easily leaves out everything.
const policyForContainers = fc.oneof(
  {
    weight: 30,
    arbitrary: arbitraryPolicy.filter((object) => {
      const policy = readPolicy(object, ['legacy']);
      return policy.selectsContainer(selectedNames(policy)[0]);
    }),
  },
  { weight: 1, arbitrary: arbitraryPolicy },
);

/** Mostly a policy alone, else with one that wants other Secrets under its names, for the same pods. */
const policies: fc.Arbitrary<readonly [Policy, ...Policy[]]> = fc
  .tuple(policyForContainers, fc.constantFrom(true, false, false, false))
  .map(([object, isMet]) => {
    const first = readPolicy(object, ['legacy']);
    if (!isMet) return [first];
    const name = `${object.metadata.name.slice(0, 46)}-z`;
    const spec = { ...object.spec, secret: { name: 'another' } };
    return [first, readPolicy({ ...object, metadata: { name }, spec }, ['legacy'])];
  });

/** Situations in which a policy mostly has something to do, and in which each of its answers occurs. */
export const arbitrarySituation: fc.Arbitrary<Situation> = policies.chain((all) => {
  const [{ spec, name }] = all;
  const answers =
    spec.match.annotation === 'Required'
      ? mostly<string | undefined>('true', undefined, 'false', 'other', name, `other,${name}`, '?')
      : mostly<string | undefined>(undefined, 'true', 'false', 'other', name, `other,${name}`, '?');
  return fc
    .record({
      pod: arbitraryPod(all[0]),
      labels: mostly(satisfying(spec.match.podSelector), { other: 'label' }),
      inject: answers,
      containers: mostly<string | undefined>(undefined, 'agent', 'agent,nobody', 'nobody', '?'),
      isMirror: mostly(false, true),
      form: mostly('as it comes', 'injected before', 'no pod'),
      namespace: mostly(
        spec.match.namespaces[0] ?? 'agents',
        'kube-system',
        'legacy',
        ownNamespace,
      ),
      namespaceLabels: mostly(satisfying(spec.match.namespaceSelector), { other: 'label' }),
      ephemeral: mostly(false, true),
      isHuge: fc.oneof(
        { weight: 300, arbitrary: fc.constant(false) },
        { weight: 1, arbitrary: fc.constant(true) },
      ),
    })
    .map(({ labels, inject, containers, isMirror, form, ephemeral, isHuge, ...rest }) => {
      const { pod, ...place } = rest;
      const annotations = {
        ...(inject === undefined ? {} : { 'token-injector.dev/inject': inject }),
        ...(containers === undefined ? {} : { 'token-injector.dev/containers': containers }),
        ...(isMirror ? { 'kubernetes.io/config.mirror': 'x' } : {}),
      };
      const object = withMetadata(pod, { labels, annotations });
      const facts = { ...place, ownNamespace, set: policySet(all) };
      if (ephemeral)
        return {
          policies: all,
          pod: debugged(object),
          facts: { ...facts, ephemeral: { oldPod: object } },
        };
      const forms = {
        'as it comes': object,
        'injected before': injectedBy(all[0], object, facts),
        'no pod': isMirror,
      };
      return { policies: all, pod: isHuge ? withContainers(object, 20_001) : forms[form], facts };
    });
});

function injectedBy(policy: Policy, pod: unknown, facts: InjectionContext): unknown {
  const decision = decideInjection(policy, pod, facts);
  return decision.changed ? applyOperations(pod, decision.operations) : pod;
}

type Fields = Readonly<Record<string, unknown>>;
const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};

function withMetadata(pod: unknown, metadata: object): unknown {
  return { ...fieldsOf(pod), metadata };
}

function withContainers(pod: unknown, count: number): unknown {
  const containers = Array.from({ length: count }, (_, index) => ({ name: `c${index}` }));
  return { ...fieldsOf(pod), spec: { ...fieldsOf(fieldsOf(pod)['spec']), containers } };
}

/** The pod as `kubectl debug` wants it; without containers of its own it gets none. */
function debugged(pod: unknown): unknown {
  const spec = fieldsOf(fieldsOf(pod)['spec']);
  const { containers } = spec;
  return { ...fieldsOf(pod), spec: { ...spec, ephemeralContainers: containers } };
}
