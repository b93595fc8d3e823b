import { stringify } from 'yaml';
import { kubernetesYaml } from '../manifests/read/yaml-dialect.ts';
import type { Proposal } from './propose-policy.ts';

/** A proposed policy as YAML, with a comment that says what it is for, in the form of the catalogue. */
export function proposalText(proposal: Proposal): string {
  const { group, policy } = proposal;
  const { name: variable } = group.variables[0]!;
  const lines = [
    `${group.application}: ${listed('the variable', names(proposal))}.`,
    '',
    `Reads: ${listed('the container', group.containers)} of ${workloads(proposal)}.`,
    ...describeToken(proposal),
    'Secret:',
    `  printf %s "$${shellName(variable)}" |`,
    `    kubectl -n ${proposal.namespace} create secret generic ${proposal.secret} ${fromKeys(proposal)}`,
  ];
  const comment = lines.map((line) => `# ${line}`.trimEnd()).join('\n');
  return `${comment}\n${stringify(policy, kubernetesYaml)}`;
}

function describeToken({ group, secret, replacesSecret }: Proposal): string[] {
  if (group.secret === undefined)
    return [
      'Renders: a value that is written out, which the policy replaces.',
      '  Remove it from the manifests. If it is a token, revoke it: whoever can read the manifests has it.',
    ];
  const renders = `Renders: a reference to the Secret ${group.secret}`;
  if (secret === group.secret)
    return [
      `${renders}, which is not among the manifests.`,
      'Instead: create that Secret with these keys, and the pods need no policy. If you prefer another name, change',
      '  spec.secret.name: with whenPresent: Replace, the policy replaces the reference.',
    ];
  return [
    `${renders}${replacesSecret ? ', which is among the manifests' : ''}. whenPresent: Replace replaces it.`,
    `Instead: name your Secret ${group.secret}, with these keys, and the pods need no policy.`,
    ...(replacesSecret
      ? ['  The chart must then not create it: look for a value such as existingSecret.']
      : []),
  ];
}

function names({ group }: Proposal): string[] {
  return group.variables.map(({ name }) => name);
}

function workloads({ group }: Proposal): string {
  return group.workloads.map(({ kind, name }) => `${kind} ${name}`).join(', ');
}

function fromKeys({ env }: Proposal): string {
  const byKey = new Map(env.map(({ name, key }) => [key, name]));
  const [first, ...others] = [...byKey];
  return [
    `--from-file=${first![0]}=/dev/stdin`,
    ...others.map(([key, name]) => `--from-literal=${key}="$${shellName(name)}"`),
  ].join(' \\\n#       ');
}

function shellName(variable: string): string {
  return variable.replaceAll(/\W/g, '_');
}

function listed(what: string, words: readonly string[]): string {
  return `${what}${words.length === 1 ? '' : 's'} ${words.join(', ')}`;
}
