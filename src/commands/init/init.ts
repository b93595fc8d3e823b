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

/**
 * Prints the policy of an agent, the policies for manifests, or the list of agents; returns the exit code: 2 where some of
 * the manifests could not be read.
 */
export async function init(
  agent: string | undefined,
  flags: InitFlags,
  settings: Settings,
): Promise<number> {
  checkFlags(agent, flags);
  const agents = catalogueAgents();
  if (flags.from !== undefined) {
    const { texts, isIncomplete } = await fromManifests(flags.from, flags, settings);
    print(texts);
    return isIncomplete ? 2 : 0;
  }
  if (agent === undefined) process.stdout.write(listAgents(agents));
  else print([policyOf(findAgent(agent, agents), flags)]);
  return 0;
}

function checkFlags(agent: string | undefined, { from, list, namespace }: InitFlags): void {
  const asked = [agent, from, list].filter((one) => one !== undefined).length;
  if (asked === 0)
    throw new UsageError(
      [
        'say for what:',
        '  token-injector init AGENT, with an agent of token-injector init --list',
        '  helm template ... | token-injector init --from -',
      ].join('\n'),
    );
  if (asked > 1)
    throw new UsageError(
      'an agent, --from and --list exclude each other: --from finds the agents of the catalogue by itself',
    );
  if (namespace !== undefined && !isDnsLabel(namespace))
    throw new UsageError(`--namespace: "${namespace}" is not the name of a namespace`);
}

// A marker before each, so that what is appended to a file of policies does not run into the last of them.
function print(policies: readonly string[]): void {
  process.stdout.write(policies.map((policy) => `---\n${policy}`).join(''));
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
