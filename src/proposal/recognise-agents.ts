import type { CatalogueAgent } from '../catalogue/catalogue.ts';
import { parsePolicy } from '../core/policy/parse-policy.ts';
import type { Policy } from '../core/policy/compile-policy.ts';
import { mismatch } from '../core/policy/match.ts';
import { runsImage } from './images.ts';
import { applicationOf } from './stable-labels.ts';
import type { Manifests, Workload } from './workloads.ts';

/** An agent of the catalogue that is among the workloads. */
export interface RecognisedAgent {
  readonly agent: CatalogueAgent;
  readonly policy: Policy;
  /** Of the policy: for a part of its workloads that other labels select, another than the agent's. */
  readonly name: string;
  readonly workloads: readonly Workload[];
}

/** Finds the agents that have a policy: by image or labels, or by the variable where pods have to ask for the policy. */
export function recogniseAgents(
  workloads: readonly Workload[],
  agents: readonly CatalogueAgent[],
): RecognisedAgent[] {
  return agents.flatMap((agent) => {
    const parsed = parsePolicy(agent.policy);
    if (!parsed.ok) return [];
    const { policy } = parsed;
    return partsOf(agent, policy, workloads).map((part, index) => {
      const name = index === 0 ? agent.name : `${agent.name}-${index + 1}`;
      return { agent, policy, name, workloads: part };
    });
  });
}

/** Something of an agent of the catalogue that needs no policy. */
export interface NeedlessAgent {
  readonly agent: CatalogueAgent;
  readonly object: { readonly kind: string; readonly name: string };
}

/** Finds what belongs to agents that need no policy: objects of their kinds, and the operators themselves. */
export function recogniseNeedless(
  { objects, workloads }: Manifests,
  agents: readonly CatalogueAgent[],
): NeedlessAgent[] {
  return agents
    .filter(({ policy }) => !policy)
    .flatMap((agent) => {
      const kinds = agent.notes.Kinds?.split(/,\s+/) ?? [];
      return [
        ...objects.filter(({ kind }) => kinds.includes(kind)),
        ...workloads.filter((workload) => runsImage(agent, workload)),
      ].map((object) => ({ agent, object }));
    });
}

/** The containers of a workload that read what a policy gives. */
export function readersOf(policy: Policy, { uses, mounts }: Workload): string[] {
  const subjects = policy.secretKeys.map(({ subject }) => subject);
  const places = [
    ...uses.map(({ container, variable: subject }) => ({ container, subject })),
    ...mounts.map(({ container, mountPath: subject }) => ({ container, subject })),
  ];
  return places
    .filter(({ subject }) => subjects.includes(subject))
    .map(({ container }) => container);
}

/** The workloads of an agent, in parts that one policy can select. */
function partsOf(agent: CatalogueAgent, policy: Policy, workloads: readonly Workload[]) {
  const found = workloads.filter((workload) => isAgent(agent, policy, workload));
  if (policy.spec.match.annotation === 'Required') return found.length > 0 ? [found] : [];
  const selected = found.filter((workload) => selectsPod(policy, workload));
  if (selected.length > 0) return [selected];
  // Others that run its image may clean up after it.
  const readers = found.filter((workload) => reads(policy, workload));
  return [...Map.groupBy(readers.length > 0 ? readers : found, applicationOf).values()];
}

function isAgent(agent: CatalogueAgent, policy: Policy, workload: Workload): boolean {
  if (reads(policy, workload)) {
    const asksForIt = policy.spec.match.annotation === 'Required';
    return asksForIt || runsImage(agent, workload) || selectsPod(policy, workload);
  }
  // An agent with a configuration of your own may read another token than that of the catalogue.
  const readsOther = workload.uses.some(({ isWritten, secret }) => isWritten || secret);
  return !readsOther && (runsImage(agent, workload) || selects(policy, workload));
}

function reads(policy: Policy, workload: Workload): boolean {
  return readersOf(policy, workload).length > 0;
}

function selects(policy: Policy, workload: Workload): boolean {
  const hasContainer = workload.containers.some(({ name }) => policy.selectsContainer(name));
  return hasContainer && selectsPod(policy, workload);
}

function selectsPod(policy: Policy, { pod, namespace = 'default' }: Workload): boolean {
  return mismatch(policy, pod, { namespace }) === undefined;
}
