import type { PolicyChoices } from '../../catalogue/agent-text.ts';
import { catalogueAgents } from '../../catalogue/catalogue.ts';
import { documentationUrl } from '../../core/documentation-url.ts';
import { policySet } from '../../core/policy/policy-set.ts';
import { previewText } from '../../manifests/preview-injection.ts';
import { proposePolicies } from '../../proposal/propose.ts';
import { type Manifests, readManifests } from '../../proposal/workloads.ts';
import { readManifestFiles } from '../../runtime/manifest-files.ts';
import type { Settings } from '../../runtime/settings.ts';
import { printable } from '../printable.ts';
import { sourceHints } from '../source-hints.ts';
import { UsageError } from '../usage-error.ts';
import { describeEffect } from './describe-effect.ts';
import { readPolicyText } from './policy-text.ts';

/** The policies for manifests, and whether something could not be read. */
export interface FromManifests {
  readonly texts: readonly string[];
  readonly isIncomplete: boolean;
}

/** Proposes policies for manifests, and says on standard error what they would do to them. */
export async function fromManifests(
  path: string,
  choices: PolicyChoices,
  settings: Settings,
): Promise<FromManifests> {
  const files: { readonly file: string; readonly text: string }[] = [];
  const problems: string[] = [];
  for await (const read of readManifestFiles([path])) {
    if ('text' in read) files.push(read);
    else problems.push(`${read.file}: ${read.problem}`);
  }
  const manifests = readManifests(files.map(({ text }) => text));
  const { texts, notes } = proposePolicies(manifests, catalogueAgents(), choices);
  const set = policySet(texts.map(readPolicyText));
  const previews = files.map(({ file, text }) => ({
    file,
    ...previewText(text, set, {
      namespace: choices.namespace ?? 'default',
      ownNamespace: settings.namespace,
      namespaceLabels: {},
    }),
  }));
  for (const { file, problems: found } of previews)
    for (const { line, column, message } of found)
      problems.push(`${file}:${line}:${column}: ${message}`);
  const lines = [
    ...problems,
    ...sourceHints(previews),
    ...notes,
    ...describeEffect(
      set,
      previews.flatMap(({ pods }) => pods),
    ),
    ...namespaceHints(manifests, choices),
  ];
  for (const line of lines) process.stderr.write(`${printable(line)}\n`);
  if (texts.length === 0)
    throw new UsageError(
      notes.length > 0
        ? `no policy to propose for ${path}, see above`
        : nothingFound(path, manifests),
    );
  if (
    texts.length > 1 &&
    [choices.name, choices.secret, choices.key].some((one) => one !== undefined)
  )
    throw new UsageError(
      `--name, --secret and --key are for one policy, and ${path} needs ${texts.length}: edit them in what init prints`,
    );
  return { texts, isIncomplete: problems.length > 0 };
}

function namespaceHints({ workloads }: Manifests, { namespace }: PolicyChoices): string[] {
  return namespace === undefined && workloads.some((one) => one.namespace === undefined)
    ? [
        'the manifests do not say their namespace: --namespace NAME limits the policy to the one that they go to',
      ]
    : [];
}

function nothingFound(path: string, { workloads }: Manifests): string {
  if (workloads.length === 0)
    return [
      `no pod or workload found in ${path}`,
      'Where an operator makes the pods, it mostly reads the Secret itself: see token-injector init --list.',
    ].join('\n');
  return [
    `nothing in ${path} needs a policy: no variable refers to a Secret or has the name of a token, such as API_KEY, and no Secret is mounted that a policy could replace`,
    `If the agent reads a variable or a file that the manifests do not have, write the policy: ${documentationUrl('policy-fields')}`,
  ].join('\n');
}
