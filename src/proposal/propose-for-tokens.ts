import type { PolicyChoices } from '../catalogue/agent-text.ts';
import { reservedPolicyNames } from '../core/identity.ts';
import { proposalText } from './proposal-text.ts';
import type { ProposedPart } from './propose-for-agents.ts';
import type { NeedlessTokens } from './needless-tokens.ts';
import { proposePolicy, toKey } from './propose-policy.ts';
import type { RecognisedAgent } from './recognise-agents.ts';
import type { SecretMount } from './secret-mounts.ts';
import { type TokenGroup, type TokenUse, groupTokens } from './token-groups.ts';
import { isCertificateName } from './token-names.ts';
import type { Manifests, Workload } from './workloads.ts';

/** Proposes a policy for each group of tokens that no policy of the catalogue is for. */
export function proposeForTokens(
  manifests: Manifests,
  recognised: readonly RecognisedAgent[],
  needless: NeedlessTokens,
  choices: PolicyChoices,
): ProposedPart {
  const texts: string[] = [];
  const unselectable: Workload[] = [];
  const unknownOf = unknownTokens(manifests, recognised);
  const unknown = (workload: Workload) => unknownOf(workload).filter((use) => !needless.has(use));
  const groups = groupTokens(manifests.workloads, (workload) =>
    unknown(workload).filter((use) => 'variable' in use || use.isReplaceable),
  );
  const taken = new Set(recognised.map(({ name }) => name));
  for (const group of groups) {
    const name = choices.name ?? nameOf(group, groups, taken);
    taken.add(name);
    const proposal = proposePolicy(group, name, manifests, choices);
    if (proposal) texts.push(proposalText(proposal));
    else unselectable.push(...group.workloads);
  }
  const notes = manifests.workloads.flatMap((workload) =>
    unknown(workload).flatMap((use) =>
      'variable' in use || use.isReplaceable ? [] : [unreplaceableNote(workload, use)],
    ),
  );
  return { texts, notes, unselectable };
}

/** The tokens in a workload that no recognised agent is known for; of an agent itself, none. */
function unknownTokens(
  { made }: Manifests,
  recognised: readonly RecognisedAgent[],
): (workload: Workload) => TokenUse[] {
  return (workload) => {
    const agents = recognised.filter(({ workloads }) => workloads.includes(workload));
    if (agents.some(({ policy }) => policy.spec.match.annotation !== 'Required')) return [];
    const known = agents.flatMap(({ policy }) => policy.secretKeys.map(({ subject }) => subject));
    return [
      ...workload.uses.filter(({ variable }) => !known.includes(variable)),
      ...workload.mounts.filter(({ mountPath, secret, items }) => {
        const keys = items?.map(({ key }) => key) ?? made.find(({ name }) => name === secret)?.keys;
        return keys?.length !== 0 && ![mountPath, secret, ...(keys ?? [])].some(isCertificateName);
      }),
    ];
  };
}

function unreplaceableNote(
  { kind, name }: Workload,
  { container, mountPath, secret }: SecretMount,
) {
  return `${kind} ${name}: container ${container} mounts the Secret ${secret} at ${mountPath}, where a policy cannot replace it: name your Secret ${secret}, and it needs no policy`;
}

function nameOf(
  group: TokenGroup,
  groups: readonly TokenGroup[],
  taken: ReadonlySet<string>,
): string {
  const { application, variables, folders } = group;
  const isOnly = groups.filter((one) => one.application === application).length === 1;
  const token = variables[0]?.name ?? folders[0]!.mountPath.replace(/^.*\//, '');
  const base = toName(isOnly ? application : `${application}-${token}`);
  const free = (name: string) => !taken.has(name) && !reservedPolicyNames.includes(name);
  let name = base;
  for (let number = 2; !free(name); number++) name = `${base}-${number}`;
  return name;
}

function toName(words: string): string {
  return toKey(words).slice(0, 40).replace(/-+$/, '') || 'agent';
}
