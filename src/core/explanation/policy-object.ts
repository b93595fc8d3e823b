import { type Json, isObject, readList } from '../json.ts';
import { type ParsedPolicy, parseStoredPolicy } from '../policy/parse-policy.ts';
import type { NamespaceProblem } from '../status/secret-presence.ts';

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
export interface Condition {
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
  /** Whether it is about an older version of the policy. */
  readonly outdated: boolean;
}

/** Reads a TokenPolicy (plain JSON of the API server). */
export function readPolicyObject(object: Json): PolicyObject {
  // The controller writes the status, so nobody's mistakes are looked for in it.
  const { status, ...document } = object;
  const { name, creationTimestamp, generation } = isObject(object.metadata) ? object.metadata : {};
  const excluded = readList(isObject(status) ? status.excludedNamespaces : []).map(text);
  const conditions = readList(isObject(status) ? status.conditions : []).filter(isObject);
  const ready = readCondition(conditions, 'Ready', generation);
  const reachable = readCondition(conditions, 'Reachable', generation);
  return {
    name: String(name),
    ...(typeof creationTimestamp === 'string' ? { createdAt: creationTimestamp } : {}),
    parsed: parseStoredPolicy(document, excluded),
    ...(ready ? { ready } : {}),
    ...(reachable ? { reachable } : {}),
    problems: readList(isObject(status) ? status.problems : [])
      .filter(isObject)
      .map(({ namespace, reason, message }) => ({
        namespace: text(namespace),
        reason: text(reason),
        message: text(message),
      })),
  };
}

function readCondition(
  conditions: readonly Json[],
  wanted: string,
  generation: unknown,
): Condition | undefined {
  const found = conditions.find(({ type }) => type === wanted);
  if (!found) return undefined;
  const { status, reason, message, lastTransitionTime, observedGeneration } = found;
  return {
    status: text(status),
    reason: text(reason),
    message: text(message),
    lastTransitionTime: text(lastTransitionTime),
    outdated: typeof observedGeneration === 'number' && observedGeneration !== generation,
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
