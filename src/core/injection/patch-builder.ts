import type { Policy } from '../policy/compile-policy.ts';
import type { DecisionReason } from './reasons.ts';
import type { Outcome, SecretReference, Warning } from './decision.ts';
import type { Operation } from './operation.ts';
import type { Container } from './pod.ts';
import { warn } from './warning.ts';

/** A decision in the making: the steps of an injection write into it. */
export interface PatchBuilder {
  readonly policy: Policy;
  readonly operations: Operation[];
  /** How many entries the operations write. */
  entries: number;
  readonly outcomes: Outcome[];
  readonly warnings: Warning[];
}

/** Starts a decision. */
export function createPatchBuilder(policy: Policy): PatchBuilder {
  return { policy, operations: [], entries: 0, outcomes: [], warnings: [] };
}

// What is added to a pod, at most: etcd stores no object that large, so only a hostile request asks for more.
const maxEntries = 20_000;

/** Whether so many entries are more than any pod that the API server can store. */
export function isTooManyEntries(entries: number): boolean {
  return entries > maxEntries;
}

/** Notes what became of something in a container. */
export function recordOutcome(
  builder: PatchBuilder,
  { path, name }: Container,
  reason: DecisionReason,
  subject?: string,
  refersTo?: SecretReference,
): void {
  builder.outcomes.push({
    path,
    container: name,
    ...(subject === undefined ? {} : { subject }),
    reason,
    ...(refersTo ? { refersTo } : {}),
  });
}

/** Warns whoever creates the pod, in the first of the texts that is short enough. */
export function addWarning(
  builder: PatchBuilder,
  reason: DecisionReason,
  ...texts: readonly [string, ...string[]]
): void {
  warn(builder.warnings, builder.policy.name, reason, texts);
}

/** Adds items to a list of the object, which is made where it is absent; `front` puts them first, in their order. */
export function addToList(
  builder: PatchBuilder,
  pointer: string,
  present: unknown,
  items: readonly unknown[],
  place: 'front' | 'back',
): void {
  if (items.length === 0) return;
  builder.entries += items.length;
  const { operations } = builder;
  if (!Array.isArray(present)) {
    operations.push({ op: 'add', path: pointer, value: items });
    return;
  }
  for (const [index, value] of items.entries()) {
    operations.push({ op: 'add', path: `${pointer}/${place === 'front' ? index : '-'}`, value });
  }
}
