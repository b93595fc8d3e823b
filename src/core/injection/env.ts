import type { WantedEnv } from '../policy/compile-policy.ts';
import { referenceKey } from '../policy/policy-set.ts';
import {
  type PatchBuilder,
  addToList,
  isTooManyEntries,
  recordOutcome,
  addWarning,
} from './patch-builder.ts';
import { type Json, isObject } from '../json.ts';
import { type Container, containerLabel } from './pod.ts';
import { readReference } from './secret-reference.ts';
import type { SecretReference } from './decision.ts';

/** What injecting env entries has to know beyond the container. */
export interface EnvContext {
  /** On Windows the case of a variable's name does not count. */
  readonly windows: boolean;
  /** What any policy writes, by `referenceKey`. */
  readonly references: ReadonlySet<string>;
}

type EnvReason =
  | `env-${'added' | 'present' | `kept-${'literal' | 'reference'}` | `replaced-${'field' | 'literal' | 'reference'}`}`
  | 'conflict';

/**
 * Gives a container the policy's env entries. New ones go to the front of the list, so that `$(NAME)` further down
 * resolves; one that is there is judged where it stands. Of several with one name the last counts in Kubernetes,
 * so each is judged and the last one's outcome is noted.
 */
export function injectEnv(builder: PatchBuilder, container: Container, context: EnvContext): void {
  const present = container.object.env ?? undefined;
  if (present !== undefined && !Array.isArray(present)) {
    recordOutcome(builder, container, 'container-malformed');
    return;
  }
  const missing: unknown[] = [];
  for (const wanted of builder.policy.env) {
    let reason: EnvReason = 'env-added';
    let refersTo: SecretReference | undefined;
    for (const [index, entry] of (present ?? []).entries()) {
      if (!isObject(entry) || !hasName(entry, wanted, context.windows)) continue;
      reason = judge(entry, wanted, context.references);
      if (reason.startsWith('env-replaced-')) {
        builder.entries++;
        // Or the operations themselves would take the memory.
        if (isTooManyEntries(builder.entries)) return;
        builder.operations.push({
          op: 'replace',
          path: `${container.pointer}/env/${index}`,
          value: isOptional(entry) ? optionalIfUnset(wanted) : wanted.entry,
        });
      }
      refersTo = reason === 'env-kept-reference' ? readReference(entry) : undefined;
      warnOf(builder, container, wanted, { reason, refersTo });
    }
    if (reason === 'env-added') missing.push(wanted.entry);
    recordOutcome(builder, container, reason, wanted.name, refersTo);
  }
  addToList(builder, `${container.pointer}/env`, present, missing, 'front');
}

function hasName(entry: Json, wanted: WantedEnv, windows: boolean): boolean {
  if (entry.name === wanted.name) return true;
  return windows && typeof entry.name === 'string' && entry.name.toLowerCase() === wanted.lowerName;
}

function judge(entry: Json, wanted: WantedEnv, references: ReadonlySet<string>): EnvReason {
  if (!isObject(entry.valueFrom))
    return wanted.whenPresent === 'Keep' ? 'env-kept-literal' : 'env-replaced-literal';
  const { secretKeyRef, fieldRef, resourceFieldRef } = entry.valueFrom;
  if (isObject(secretKeyRef)) {
    const { name, key, optional } = secretKeyRef;
    const ours = wanted.entry.valueFrom.secretKeyRef;
    const { optional: wantsOptional = optional === true } = wanted;
    if (name === ours.name && key === ours.key && (optional === true) === wantsOptional)
      return 'env-present';
    if (
      references.has(referenceKey(wanted.lowerName, String(name), String(key), optional === true))
    )
      return 'conflict';
  }
  if (wanted.whenPresent === 'Keep') return 'env-kept-reference';
  // What comes from the pod itself, an annotation for example, is as good as written out.
  if (isObject(fieldRef) || isObject(resourceFieldRef)) return 'env-replaced-field';
  return wanted.whenPresent === 'Replace' ? 'env-replaced-reference' : 'env-kept-reference';
}

/** Whether a container starts without what an entry refers to. */
function isOptional({ valueFrom }: Json): boolean {
  if (!isObject(valueFrom)) return false;
  return Object.values(valueFrom).some((source) => isObject(source) && source.optional === true);
}

/** The policy's entry in the place of an optional one: whoever wrote that knew that the container can start without. */
function optionalIfUnset({ entry, optional }: WantedEnv): unknown {
  if (optional !== undefined) return entry;
  const { secretKeyRef } = entry.valueFrom;
  return { ...entry, valueFrom: { secretKeyRef: { ...secretKeyRef, optional: true } } };
}

function warnOf(
  builder: PatchBuilder,
  container: Container,
  wanted: WantedEnv,
  {
    reason,
    refersTo,
  }: { readonly reason: EnvReason; readonly refersTo?: SecretReference | undefined },
): void {
  if (reason === 'env-replaced-literal') {
    addWarning(
      builder,
      reason,
      `${containerLabel(container)}: literal ${wanted.name} replaced by a reference; take it out of the manifest`,
    );
  } else if (reason === 'env-replaced-field') {
    addWarning(
      builder,
      reason,
      `${containerLabel(container)}: ${wanted.name} from a field of the pod replaced by a reference`,
    );
  } else if (reason === 'conflict') {
    addWarning(
      builder,
      reason,
      `${containerLabel(container)}: ${wanted.name} was written by another policy and is kept`,
    );
  } else if (reason === 'env-kept-reference') {
    addWarning(builder, reason, ...keptTexts(container, wanted, refersTo));
  }
}

/** What was kept and how to get the policy's instead, from the longest text to the shortest. */
function keptTexts(
  container: Container,
  { name, entry }: WantedEnv,
  refersTo: SecretReference | undefined,
): readonly [string, ...string[]] {
  const kept = `${containerLabel(container)} keeps ${name}`;
  const short = `set whenPresent: Replace, or ${kept}`;
  if (refersTo === undefined || refersTo.secret === entry.valueFrom.secretKeyRef.name)
    return [`${kept} as it is; set whenPresent: Replace to have it replaced`, short];
  // Not the key: tools write warnings to their logs, and somebody may have written the token in its place.
  const is = `${kept} -> ${refersTo.secret}`;
  return [
    `${is}; set whenPresent: Replace or name your Secret so`,
    `${is}; set whenPresent: Replace`,
    short,
  ];
}
