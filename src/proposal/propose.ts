import type { PolicyChoices } from '../catalogue/agent-text.ts';
import type { CatalogueAgent } from '../catalogue/catalogue.ts';
import { nameLabel } from '../core/identity.ts';
import { needlessTokens } from './needless-tokens.ts';
import { proposeForAgents } from './propose-for-agents.ts';
import { proposeForTokens } from './propose-for-tokens.ts';
import { recogniseAgents, recogniseNeedless } from './recognise-agents.ts';
import type { Manifests } from './workloads.ts';
import { writtenNotes } from './written-notes.ts';

/** The policies for manifests. */
export interface ProposedPolicies {
  /** Each as YAML with its comment. */
  readonly texts: readonly string[];
  /** What to know beside them, a sentence each. */
  readonly notes: readonly string[];
}

/** Takes the policies of the catalogue for the agents that it has, and proposes one for each other group of tokens. */
export function proposePolicies(
  manifests: Manifests,
  agents: readonly CatalogueAgent[],
  choices: PolicyChoices,
): ProposedPolicies {
  const needless = recogniseNeedless(manifests, agents);
  const operators = needless.map(({ object }) => object);
  const workloads = manifests.workloads.filter((workload) => !operators.includes(workload));
  const recognised = recogniseAgents(workloads, agents);
  const tokens = needlessTokens({ ...manifests, workloads }, recognised);
  const parts = [
    proposeForAgents(recognised, workloads, choices),
    proposeForTokens({ ...manifests, workloads }, recognised, tokens, choices),
  ];
  const unselectable = parts.flatMap((part) => part.unselectable);
  return {
    texts: parts.flatMap(({ texts }) => texts),
    notes: [
      ...needless.map(
        ({ agent: { title, summary, notes }, object: { kind, name } }) =>
          `${kind} ${name}: ${title} needs no policy: ${summary}. Instead, ${notes.Instead}`,
      ),
      ...parts.flatMap(({ notes }) => notes),
      ...tokens.notes,
      ...unselectable.map(
        ({ kind, name }) =>
          `${kind} ${name}: its pods have no label that stays the same and no ServiceAccount of their own, so no policy can select them: add the label ${nameLabel}`,
      ),
      ...writtenNotes(manifests, tokens),
    ],
  };
}
