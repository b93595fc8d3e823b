import { agentText, type PolicyChoices } from '../catalogue/agent-text.ts';
import type { CatalogueAgent } from '../catalogue/catalogue.ts';
import { reservedPolicyNames } from '../core/identity.ts';
import { proposalText } from './proposal-text.ts';
import { proposePolicy, toKey } from './propose-policy.ts';
import { recogniseAgents } from './recognise-agents.ts';
import { type TokenGroup, groupTokens } from './token-groups.ts';
import type { Manifests } from './workloads.ts';

/** The policies for manifests. */
export interface ProposedPolicies {
  /** Each as YAML with its comment. */
  readonly texts: readonly string[];
  /** The agents of the catalogue among them. */
  readonly recognised: readonly CatalogueAgent[];
  /** Workloads with a token but no label by which a policy could select their pods. */
  readonly unselectable: readonly string[];
}

/** Takes the policies of the catalogue for the agents that it has, and proposes one for each other group of tokens. */
export function proposePolicies(
  manifests: Manifests,
  agents: readonly CatalogueAgent[],
  choices: PolicyChoices,
): ProposedPolicies {
  const recognised = recogniseAgents(manifests.workloads, agents);
  const known = new Set(recognised.flatMap(({ workloads }) => workloads));
  const groups = groupTokens(manifests.workloads.filter((workload) => !known.has(workload)));
  const taken = new Set(recognised.map(({ agent }) => agent.name));
  const texts = recognised.map(({ agent }) => agentText(agent, choices));
  const unselectable: string[] = [];
  for (const group of groups) {
    const name = choices.name ?? nameOf(group, groups, taken);
    taken.add(name);
    const proposal = proposePolicy(group, name, manifests, choices);
    if (proposal) texts.push(proposalText(proposal));
    else unselectable.push(...group.workloads.map((one) => `${one.kind} ${one.name}`));
  }
  return { texts, recognised: recognised.map(({ agent }) => agent), unselectable };
}

function nameOf(
  group: TokenGroup,
  groups: readonly TokenGroup[],
  taken: ReadonlySet<string>,
): string {
  const { application } = group;
  const isOnly = groups.filter((one) => one.application === application).length === 1;
  const words = toKey(isOnly ? application : `${application}-${group.variables[0]!.name}`);
  const base = words.slice(0, 40).replace(/-+$/, '') || 'agent';
  const free = (name: string) => !taken.has(name) && !reservedPolicyNames.includes(name);
  let name = base;
  for (let number = 2; !free(name); number++) name = `${base}-${number}`;
  return name;
}
