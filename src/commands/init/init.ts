import { parse } from 'yaml';
import { type PolicyChoices, agentText, keysOf } from '../../catalogue/agent-text.ts';
import { type CatalogueAgent, catalogueAgents } from '../../catalogue/catalogue.ts';
import { isDnsLabel } from '../../core/kubernetes-names.ts';
import { didYouMean } from '../../core/policy/did-you-mean.ts';
import { parsePolicy } from '../../core/policy/parse-policy.ts';
import { UsageError } from '../usage-error.ts';

/** Flags of `token-injector init`. */
export interface InitFlags extends PolicyChoices {
  readonly list?: boolean;
}

/** Prints the policy of an agent, or the list of agents. */
export function init(agent: string | undefined, flags: InitFlags): void {
  const asked = [agent, flags.list].filter((one) => one !== undefined);
  if (asked.length !== 1) throw new UsageError('name an agent, or use --list');
  if (flags.namespace !== undefined && !isDnsLabel(flags.namespace))
    throw new UsageError(`--namespace: "${flags.namespace}" is not the name of a namespace`);
  const agents = catalogueAgents();
  process.stdout.write(
    agent === undefined ? listAgents(agents) : policyOf(findAgent(agent, agents), flags),
  );
}

function listAgents(agents: readonly CatalogueAgent[]): string {
  const width = Math.max(...agents.map(({ name }) => name.length));
  return agents
    .map(({ name, title, policy }) => {
      const note = policy ? '' : ' (needs no policy)';
      return `${name.padEnd(width)}  ${title}${note}\n`;
    })
    .join('');
}

function findAgent(name: string, agents: readonly CatalogueAgent[]): CatalogueAgent {
  const found = agents.find((agent) => agent.name === name);
  if (found) return found;
  const names = agents.map((agent) => agent.name);
  const near = didYouMean(name, names);
  throw new UsageError(
    [
      `the catalogue has no agent "${name}"${near ? `: did you mean ${near}?` : ''}`,
      `It has ${names.join(', ')}.`,
    ].join('\n'),
  );
}

function policyOf(agent: CatalogueAgent, choices: PolicyChoices): string {
  const { title, summary, notes, policy } = agent;
  if (!policy)
    throw new UsageError(`${title} needs no policy: ${summary}.\nInstead, ${notes.Instead}`);
  const keys = keysOf(policy);
  if (choices.key !== undefined && keys.length > 1)
    throw new UsageError(
      `--key: the policy has the keys ${keys.join(' and ')}; edit them in what init prints`,
    );
  const text = agentText(agent, choices);
  const parsed = parsePolicy(parse(text));
  if (!parsed.ok)
    throw new UsageError(
      parsed.problems.map(({ path, message }) => `${path}: ${message}`).join('\n'),
    );
  return text;
}
