import { type PolicyChoices, agentText, keysOf } from '../../catalogue/agent-text.ts';
import { type CatalogueAgent, catalogueAgents } from '../../catalogue/catalogue.ts';
import { isDnsLabel } from '../../core/kubernetes-names.ts';
import { didYouMean } from '../../core/policy/did-you-mean.ts';
import type { Settings } from '../../runtime/settings.ts';
import { UsageError } from '../usage-error.ts';
import { fromManifests } from './from-manifests.ts';
import { readPolicyText } from './policy-text.ts';

/** Flags of `token-injector init`. */
export interface InitFlags extends PolicyChoices {
  readonly list?: boolean;
  readonly from?: string;
}

/** Prints the policy of an agent, the policies for manifests, or the list of agents. */
export async function init(
  agent: string | undefined,
  flags: InitFlags,
  settings: Settings,
): Promise<void> {
  const asked = [agent, flags.from, flags.list].filter((one) => one !== undefined);
  if (asked.length !== 1) throw new UsageError('name an agent, or use one of --from and --list');
  if (flags.namespace !== undefined && !isDnsLabel(flags.namespace))
    throw new UsageError(`--namespace: "${flags.namespace}" is not the name of a namespace`);
  process.stdout.write(await policies(agent, flags, settings));
}

async function policies(
  agent: string | undefined,
  flags: InitFlags,
  settings: Settings,
): Promise<string> {
  if (flags.from !== undefined) return fromManifests(flags.from, flags, settings);
  const agents = catalogueAgents();
  return agent === undefined ? listAgents(agents) : policyOf(findAgent(agent, agents), flags);
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
      'For another agent, use: helm template ... | token-injector init --from -',
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
  readPolicyText(text);
  return text;
}
