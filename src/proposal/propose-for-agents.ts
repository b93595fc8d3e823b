import { agentText, type PolicyChoices } from '../catalogue/agent-text.ts';
import { containersAnnotation, injectAnnotation } from '../core/identity.ts';
import { mismatch } from '../core/policy/match.ts';
import { adaptPolicy } from './adapt-policy.ts';
import { type RecognisedAgent, readersOf } from './recognise-agents.ts';
import type { Workload } from './workloads.ts';

/** Some of the policies for manifests. */
export interface ProposedPart {
  readonly texts: readonly string[];
  readonly notes: readonly string[];
  /** Workloads that no policy can select. */
  readonly unselectable: readonly Workload[];
}

/** Takes the policies of the catalogue for the agents that were recognised. */
export function proposeForAgents(
  recognised: readonly RecognisedAgent[],
  workloads: readonly Workload[],
  choices: PolicyChoices,
): ProposedPart {
  const texts: string[] = [];
  const notes: string[] = [];
  const unselectable: Workload[] = [];
  for (const found of recognised) {
    const { agent } = found;
    const name = choices.name ?? found.name;
    const adaptation = adaptPolicy(found, workloads);
    if (!adaptation) {
      unselectable.push(...found.workloads);
      continue;
    }
    const { operations, differences } = adaptation;
    const changed = differences.length > 0 ? `, changed because ${differences.join(', ')}` : '';
    texts.push(agentText(agent, { ...choices, name }, operations));
    notes.push(
      `recognised ${agent.title}: took the policy ${agent.name} of the catalogue${changed}`,
      ...annotationNotes(found, name),
    );
  }
  return { texts, notes, unselectable };
}

function annotationNotes({ policy, workloads }: RecognisedAgent, name: string): string[] {
  const silent = workloads.filter(
    ({ pod, namespace = 'default' }) =>
      mismatch(policy, pod, { namespace }) === 'annotation-missing',
  );
  return silent.map((workload) => {
    const containers = [...new Set(readersOf(policy, workload))];
    const others = workload.containers.length > containers.length;
    const narrowed = others ? ` and ${containersAnnotation}: "${containers.join(',')}"` : '';
    return `${workload.kind} ${workload.name}: give its pod template the annotation ${injectAnnotation}: "${name}"${narrowed}`;
  });
}
