import { type Place, mismatch } from '../policy/match.ts';
import type { Policy } from '../policy/policy.ts';
import type { PolicySet } from '../policy/policy-set.ts';
import type { DecisionReason } from './reasons.ts';
import { type Decision, keepsOwn, unchanged } from './decision.ts';
import { type Draft, isTooMany, note, startDraft } from './draft.ts';
import { injectEnv } from './env.ts';
import { newEphemeralContainers } from './ephemeral-containers.ts';
import { injectFiles } from './files.ts';
import { isObject, readList } from '../json.ts';
import { type Container, type Pod, containerLists, readContainers, readPod } from './pod.ts';
import { namedContainers, warnOfBadWishes, warnOfUnknownContainers } from './wishes.ts';

/** What deciding has to know beyond policy and pod. */
export interface Facts extends Place {
  /** All policies in force: what another one writes is never replaced. */
  readonly set: PolicySet;
  /** The pod before a request on `pods/ephemeralcontainers`; its presence limits the decision to new ephemeral containers. */
  readonly ephemeral?: { readonly oldPod: unknown };
}

/**
 * Decides what a policy does to a pod (plain JSON of any form). Total and synchronous: the pod is not touched,
 * the same question gets the same answer, and deciding on the changed pod gives `unchanged`.
 */
export function decideInjection(policy: Policy, object: unknown, facts: Facts): Decision {
  const pod = readPod(object);
  if (!pod) return unchanged('pod-malformed');
  const draft = startDraft(policy);
  const reason = mismatch(policy, pod, facts);
  // A pod that is no agent's, or that opts out, is not told what is wrong with its wishes.
  if (reason === undefined || wishReasons.includes(reason)) warnOfBadWishes(draft, pod, facts.set);
  const leftOut = reason ?? reasonToLeaveOut(policy, pod, facts);
  if (leftOut) return unchanged(leftOut, draft);

  const containers = candidates(pod, facts);
  if (!facts.ephemeral) warnOfUnknownContainers(draft, pod, containers);
  const selected = selectContainers(draft, pod, containers);
  if (selected.length === 0) {
    return unchanged(
      facts.ephemeral && containers.length === 0 ? 'no-new-container' : 'no-container-selected',
      draft,
    );
  }
  const envFacts = { windows: isWindows(pod), references: facts.set.references };
  for (const container of selected) {
    injectEnv(draft, container, envFacts);
    if (isTooMany(draft.entries)) return unchanged('pod-too-large');
  }
  // The volumes of a pod that exists can no longer be changed.
  if (!facts.ephemeral) injectFiles(draft, pod.spec, selected, facts.set.volumes);

  const { operations, warnings, outcomes } = draft;
  if (operations.length === 0) return unchanged(reasonToKeep(draft), draft);
  return { changed: true, reason: 'injected', operations, warnings, outcomes };
}

/** Why a pod that the policy concerns is left alone before any container is looked at. */
function reasonToLeaveOut(
  { spec }: Policy,
  pod: Pod,
  { ephemeral }: Facts,
): DecisionReason | undefined {
  if (ephemeral && !spec.match.ephemeralContainers) return 'ephemeral-containers-not-selected';
  return isTooMany(countContainers(pod)) ? 'pod-too-large' : undefined;
}

function countContainers({ spec }: Pod): number {
  return containerLists.reduce<number>((sum, list) => sum + readList(spec[list]).length, 0);
}

const wishReasons: readonly DecisionReason[] = ['annotation-missing', 'annotation-other-policies'];

function candidates({ spec }: Pod, { ephemeral }: Facts): Container[] {
  return ephemeral
    ? newEphemeralContainers(readContainers(spec, 'ephemeralContainers'), ephemeral.oldPod)
    : [...readContainers(spec, 'initContainers'), ...readContainers(spec, 'containers')];
}

function selectContainers(draft: Draft, pod: Pod, containers: readonly Container[]): Container[] {
  const { policy } = draft;
  const named = namedContainers(policy, pod);
  const selected: Container[] = [];
  for (const container of containers) {
    if (!policy.selectsContainer(container.name)) note(draft, container, 'container-not-selected');
    else if (named && !named.has(container.name)) note(draft, container, 'container-not-named');
    else selected.push(container);
  }
  return selected;
}

function isWindows({ spec }: Pod): boolean {
  return isObject(spec.os) && spec.os.name === 'windows';
}

function reasonToKeep({ outcomes }: Draft): DecisionReason {
  if (outcomes.some(({ reason }) => reason === 'conflict')) return 'conflict';
  return outcomes.some(({ reason }) => keepsOwn(reason) || reason === 'container-malformed')
    ? 'kept'
    : 'already-injected';
}
