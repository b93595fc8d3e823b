import { type Json, isObject, readList } from '../json.ts';
import { type ParsedPolicy, parseStoredPolicy } from '../policy/parse-policy.ts';
import type { Condition as StatusCondition } from '../status/conditions.ts';
import type { NamespaceProblem } from '../status/namespace-problems.ts';

/** A TokenPolicy of the cluster with what the controller says about it. */
export interface PolicyObject {
  readonly name: string;
  readonly createdAt?: string;
  readonly parsed: ParsedPolicy;
  /** Absent where no controller has looked at it. */
  readonly ready?: Condition;
  readonly reachable?: Condition;
  /** What the controller found wrong, by namespace; not all of them when there are many. */
  readonly problems: readonly NamespaceProblem<string>[];
}

/** A condition of the policy's status. */
export interface Condition extends Pick<
  StatusCondition,
  'status' | 'reason' | 'message' | 'lastTransitionTime'
> {
  /** Whether it is about an older version of the policy. */
  readonly outdated: boolean;
}

/** Reads a TokenPolicy (plain JSON of the API server, which has checked the form of the status). */
export function readPolicyObject({ status, ...document }: Json): PolicyObject {
  const metadata = isObject(document.metadata) ? document.metadata : {};
  const { name, creationTimestamp, generation } = metadata;
  const { conditions, excludedNamespaces, problems } = isObject(status) ? status : {};
  const ready = findCondition(conditions, 'Ready', generation);
  const reachable = findCondition(conditions, 'Reachable', generation);
  return {
    name: String(name),
    ...(typeof creationTimestamp === 'string' ? { createdAt: creationTimestamp } : {}),
    // The controller writes the status, so nobody's mistakes are looked for in it.
    parsed: parseStoredPolicy(document, readList(excludedNamespaces) as readonly string[]),
    ...(ready ? { ready } : {}),
    ...(reachable ? { reachable } : {}),
    problems: readList(problems) as PolicyObject['problems'],
  };
}

function findCondition(
  conditions: unknown,
  wanted: string,
  generation: unknown,
): Condition | undefined {
  const found = (readList(conditions) as readonly StatusCondition[]).find(
    ({ type }) => type === wanted,
  );
  if (!found) return undefined;
  const { status, reason, message, lastTransitionTime, observedGeneration } = found;
  const outdated = observedGeneration !== undefined && observedGeneration !== generation;
  return { status, reason, message, lastTransitionTime, outdated };
}
