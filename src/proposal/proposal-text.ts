import { stringify } from 'yaml';
import { kubernetesYaml } from '../manifests/read/yaml-dialect.ts';
import type { Proposal } from './propose-policy.ts';

/** A proposed policy as YAML, with a comment that says what it is for, in the form of the catalogue. */
export function proposalText(proposal: Proposal): string {
  const { group, policy } = proposal;
  const lines = [
    `${group.application}: ${what(proposal)}.`,
    '',
    `Reads: ${listed('the container', group.containers)} of ${workloads(proposal)}.`,
    ...describeToken(proposal),
    ...describeSecret(proposal),
  ];
  // A name may hold anything, a line break too.
  const comment = lines.map((line) => `# ${line.replaceAll(/\p{Cc}+/gu, ' ')}`.trimEnd());
  return `${comment.join('\n')}\n${stringify(policy, kubernetesYaml)}`;
}

function what({ group: { variables, folders } }: Proposal): string {
  const names = variables.map(({ name }) => name);
  const paths = folders.map(({ mountPath }) => mountPath);
  return [
    ...(names.length > 0 ? [listed('the variable', names)] : []),
    ...(paths.length > 0 ? [listed('the folder', paths)] : []),
  ].join(' and ');
}

function describeToken({ group, secret, replacesSecret }: Proposal): string[] {
  if (group.secret === undefined)
    return [
      'Renders: a value that is written out, which the policy replaces.',
      '  Remove it from the manifests. If it is a token, revoke it: whoever can read the manifests has it.',
    ];
  const place = group.variables.length > 0 ? 'reference' : 'mount';
  const renders = `Renders: a ${place} ${place === 'mount' ? 'of' : 'to'} the Secret ${group.secret}`;
  if (secret === group.secret)
    return [
      `${renders}, which is not among the manifests.`,
      'Instead: create that Secret with these keys, and the pods need no policy. If you prefer another name, change',
      `  spec.secret.name: with whenPresent: Replace, the policy replaces the ${place}.`,
      ...wholeFolder(group),
    ];
  return [
    `${renders}${replacesSecret ? ', which is among the manifests' : ''}. whenPresent: Replace replaces it.`,
    ...wholeFolder(group),
    `Instead: name your Secret ${group.secret}, with these keys, and the pods need no policy.`,
    ...(replacesSecret
      ? [
          '  The chart must then not create it: look for a value such as existingSecret.',
          '  Or leave this policy out, if the chart makes up the value for its own components.',
        ]
      : []),
  ];
}

function wholeFolder({ folders }: Proposal['group']): string[] {
  return folders.some(({ items }) => !items)
    ? ['  The folder then has the files of your Secret, and no other.']
    : [];
}

function describeSecret({ keys, namespace, secret }: Proposal): string[] {
  const [first = unknownKey, ...others] = keys;
  const [key, value] = first;
  const create = `    kubectl -n ${namespace} create secret generic ${secret} --from-file=${key}=/dev/stdin`;
  const literals = others.map(
    ([other, name]) => `      --from-literal=${other}="$${shellName(name)}"`,
  );
  return [
    'Secret:',
    `  printf %s "$${shellName(value)}" |`,
    ...[create, ...literals].map((line, at) => (at < others.length ? `${line} \\` : line)),
    ...(keys.size === 0 ? ['  KEY is the name of the file that the container reads.'] : []),
  ];
}

const unknownKey = ['KEY', 'TOKEN'] as const;

function workloads({ group }: Proposal): string {
  return group.workloads.map(({ kind, name }) => `${kind} ${name}`).join(', ');
}

function shellName(name: string): string {
  return name.replaceAll(/\W/g, '_').replace(/^(?=\d)/, '_');
}

function listed(label: string, words: readonly string[]): string {
  return `${label}${words.length === 1 ? '' : 's'} ${words.join(', ')}`;
}
