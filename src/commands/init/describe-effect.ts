import { reasons } from '../../admission/reasons.ts';
import type { DecisionReason } from '../../core/injection/reasons.ts';
import type { Policy } from '../../core/policy/compile-policy.ts';
import type { PolicySet } from '../../core/policy/policy-set.ts';
import type { PodPreview } from '../../manifests/preview-injection.ts';

/** What became of a variable or a folder in one container. */
interface Place {
  readonly subject: string | undefined;
  readonly where: string;
  readonly reason: DecisionReason;
}

/** Says of each variable and file of policies how many of the containers get it, and why the others do not. */
export function describeEffect({ policies }: PolicySet, pods: readonly PodPreview[]): string[] {
  const places = placesOf(pods);
  return policies.flatMap((policy) => {
    const wanted = places.get(policy);
    return wanted ? describePolicy(policy, wanted) : describeUnselected(policy, pods);
  });
}

function describePolicy({ name, secretKeys }: Policy, places: readonly Place[]): string[] {
  const bySubject = Map.groupBy(secretKeys, ({ subject }) => subject);
  const effects = [...bySubject].flatMap(([subject, wantedKeys]) => {
    const { secret } = wantedKeys[0]!;
    const wanted = places.filter((place) => place.subject === subject);
    const without = wanted.filter(({ reason }) => !holds(reason));
    const counts = `${wanted.length - without.length} of ${wanted.length} selected containers`;
    const keys = wantedKeys.flatMap(({ key }) => key ?? []);
    const source = keys.length === 0 ? secret : `${secret}/${keys.join(',')}`;
    return [
      `${name}: ${counts} get ${subject} from ${source}`,
      ...without.map(({ where, reason }) => `  not ${where}: ${reasons[reason]}`),
    ];
  });
  const isNeedless = places.every(({ reason }) => present.includes(reason));
  return isNeedless
    ? [
        ...effects,
        '  the manifests have this already, and need no policy; with one, its status says which pods hold the token and where the Secret is missing',
      ]
    : effects;
}

function describeUnselected(policy: Policy, pods: readonly PodPreview[]): string[] {
  const found = pods.flatMap(({ decisions }) =>
    decisions.filter((one) => one.policy === policy).map(({ decision }) => decision.reason),
  );
  const told = new Set(found.filter((reason) => reason !== 'pod-not-selected'));
  return [...told].map((reason) => `${policy.name}: no container gets it yet: ${reasons[reason]}`);
}

function placesOf(pods: readonly PodPreview[]): ReadonlyMap<Policy, Place[]> {
  const found = new Map<Policy, Place[]>();
  for (const { template, decisions } of pods)
    for (const { policy, decision } of decisions)
      for (const { subject, container, reason } of decision.outcomes) {
        if (container === undefined) continue;
        const where = `${container} of ${template.kind} ${template.name}`;
        const places = found.get(policy);
        if (places) places.push({ subject, where, reason });
        else found.set(policy, [{ subject, where, reason }]);
      }
  return found;
}

function holds(reason: DecisionReason): boolean {
  return held.includes(reason);
}

const present: readonly DecisionReason[] = ['env-present', 'file-present'];

const held: readonly DecisionReason[] = [
  ...present,
  'env-added',
  'env-replaced-field',
  'env-replaced-literal',
  'env-replaced-reference',
  'file-added',
  'file-replaced',
];
