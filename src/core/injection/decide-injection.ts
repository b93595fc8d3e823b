import { type MatchContext, mismatch } from '../policy/match.ts';
import type { Policy } from '../policy/compile-policy.ts';
import type { PolicySet } from '../policy/policy-set.ts';
import type { DecisionReason } from './reasons.ts';
import { type Decision, keepsExisting, unchanged } from './decision.ts';
import {
  type PatchBuilder,
  isTooManyEntries,
  recordOutcome,
  createPatchBuilder,
} from './patch-builder.ts';
import { injectEnv } from './env.ts';
import { newEphemeralContainers } from './ephemeral-containers.ts';
import { injectFiles } from './files.ts';
import { isObject, readList } from '../json.ts';
import { type Container, type Pod, containerLists, readContainers, readPod } from './pod.ts';
import {
  namedContainers,
  warnOfBadAnnotations,
  warnOfUnknownContainers,
} from './pod-annotations.ts';

/** What a decision depends on beyond policy and pod. */
export interface InjectionContext extends MatchContext {
  /** All policies in force: what another one writes is never replaced. */
  readonly set: PolicySet;
  /** The pod before a request on `pods/ephemeralcontainers`; its presence limits the decision to new ephemeral containers. */
  readonly ephemeral?: { readonly oldPod: unknown };
}

/**
 * Decides what a policy does to a pod (plain JSON of any form). Total and synchronous: the pod is not touched,
 * the same question gets the same answer, and deciding on the changed pod gives `unchanged`.
 */
export function decideInjection(
  policy: Policy,
  object: unknown,
  context: InjectionContext,
): Decision {
  const pod = readPod(object);
  if (!pod) return unchanged('pod-malformed');
  const builder = createPatchBuilder(policy);
  const reason = mismatch(policy, pod, context);
  // A pod that is no agent's, or that opts out, is not told what is wrong with its annotations.
  if (reason === undefined || annotationReasons.includes(reason))
    warnOfBadAnnotations(builder, pod, context.set);
  const skip = reason ?? skipReason(policy, pod, context);
  if (skip) return unchanged(skip, builder);

  const containers = candidates(pod, context);
  if (!context.ephemeral) warnOfUnknownContainers(builder, pod, containers);
  const selected = selectContainers(builder, pod, containers);
  if (selected.length === 0) return unchanged(noneSelectedReason(containers, context), builder);
  const envContext = { windows: isWindows(pod), references: context.set.references };
  for (const container of selected) {
    injectEnv(builder, container, envContext);
    if (isTooManyEntries(builder.entries)) return unchanged('pod-too-large');
  }
  // The volumes of a pod that exists can no longer be changed.
  if (!context.ephemeral) injectFiles(builder, pod.spec, selected);
  if (isTooManyEntries(builder.entries)) return unchanged('pod-too-large');

  const { operations, warnings, outcomes } = builder;
  if (operations.length === 0) return unchanged(unchangedReason(builder), builder);
  return { changed: true, reason: 'injected', operations, warnings, outcomes };
}

/** Why a pod that the policy concerns is left alone before any container is looked at. */
function skipReason(
  { spec }: Policy,
  pod: Pod,
  { ephemeral }: InjectionContext,
): DecisionReason | undefined {
  if (ephemeral && !spec.match.ephemeralContainers) return 'ephemeral-containers-not-selected';
  return isTooManyEntries(countContainers(pod)) ? 'pod-too-large' : undefined;
}

function countContainers({ spec }: Pod): number {
  return containerLists.reduce<number>((sum, list) => sum + readList(spec[list]).length, 0);
}

const annotationReasons: readonly DecisionReason[] = [
  'annotation-missing',
  'annotation-other-policies',
];

function candidates({ spec }: Pod, { ephemeral }: InjectionContext): Container[] {
  return ephemeral
    ? newEphemeralContainers(readContainers(spec, 'ephemeralContainers'), ephemeral.oldPod)
    : [...readContainers(spec, 'initContainers'), ...readContainers(spec, 'containers')];
}

function selectContainers(
  builder: PatchBuilder,
  pod: Pod,
  containers: readonly Container[],
): Container[] {
  const { policy } = builder;
  const named = namedContainers(policy, pod);
  const selected: Container[] = [];
  for (const container of containers) {
    if (!policy.selectsContainer(container.name))
      recordOutcome(builder, container, 'container-not-selected');
    else if (named && !named.has(container.name))
      recordOutcome(builder, container, 'container-not-named');
    else selected.push(container);
  }
  return selected;
}

function noneSelectedReason(
  containers: readonly Container[],
  { ephemeral }: InjectionContext,
): DecisionReason {
  if (containers.length > 0) return 'no-container-selected';
  return ephemeral ? 'no-new-container' : 'pod-malformed';
}

function isWindows({ spec }: Pod): boolean {
  return isObject(spec.os) && spec.os.name === 'windows';
}

function unchangedReason({ outcomes }: PatchBuilder): DecisionReason {
  if (outcomes.some(({ reason }) => reason === 'conflict')) return 'conflict';
  return outcomes.some(({ reason }) => keepsExisting(reason) || reason === 'container-malformed')
    ? 'kept'
    : 'already-injected';
}
