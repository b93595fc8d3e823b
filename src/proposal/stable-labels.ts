import { nameLabel } from '../core/identity.ts';
import { type StringMap, compileSelector } from '../core/policy/label-selector.ts';
import type { Workload } from './workloads.ts';

/** Labels that select pods, by key. */
export type MatchLabels = Readonly<Record<string, string>>;

const applicationKeys = [nameLabel, 'app', 'k8s-app', 'name'];
const componentKeys = ['app.kubernetes.io/component', 'component', 'tier', 'role'];
// They change with a release, a version or a rollout, or are the same for everything.
const unstable =
  /(^|[./-])(hash|generation|version|chart|release|instance|heritage|managed-by|part-of|revision)$|^(helm\.sh|pod-template|statefulset\.kubernetes\.io|batch\.kubernetes\.io|controller-)/;

/** The name of the application that the pods of a workload belong to. */
export function applicationOf({ pod, name }: Workload): string {
  const values = applicationKeys.map((key) => pod.labels[key]);
  return values.find((value): value is string => typeof value === 'string') ?? name;
}

/** The fewest stable labels that all of the pods have, and if possible none of the others. */
export function stableLabels(
  pods: readonly StringMap[],
  others: readonly StringMap[],
): MatchLabels {
  const [first = {}, ...rest] = pods;
  const shared = Object.entries(first).filter(
    (entry): entry is [string, string] =>
      typeof entry[1] === 'string' &&
      entry[1] !== '' &&
      !unstable.test(entry[0]) &&
      rest.every((labels) => labels[entry[0]] === entry[1]),
  );
  const rank = ([key]: [string, string]) => {
    const at = [...applicationKeys, ...componentKeys].indexOf(key);
    return at === -1 ? Infinity : at;
  };
  let chosen: Record<string, string> = {};
  for (const [key, value] of shared.toSorted(
    (one, other) => Math.sign(rank(one) - rank(other)) || 0,
  )) {
    const selected = (labels: MatchLabels) =>
      others.filter(compileSelector({ matchLabels: labels })).length;
    const next = { ...chosen, [key]: value };
    const isFirst = Object.keys(chosen).length === 0;
    if (isFirst || selected(next) < selected(chosen)) chosen = next;
  }
  return chosen;
}
