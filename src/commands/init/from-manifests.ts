import type { PolicyChoices } from '../../catalogue/agent-text.ts';
import { catalogueAgents } from '../../catalogue/catalogue.ts';
import { documentationUrl } from '../../core/documentation-url.ts';
import { nameLabel } from '../../core/identity.ts';
import { policySet } from '../../core/policy/policy-set.ts';
import { previewText } from '../../manifests/preview-injection.ts';
import { proposePolicies } from '../../proposal/propose.ts';
import { type Manifests, readManifests } from '../../proposal/workloads.ts';
import { readManifestFiles } from '../../runtime/manifest-files.ts';
import type { Settings } from '../../runtime/settings.ts';
import { UsageError } from '../usage-error.ts';
import { describeEffect } from './describe-effect.ts';
import { readPolicyText } from './policy-text.ts';

/** Proposes policies for manifests, and says on standard error what they would do to them. */
export async function fromManifests(
  path: string,
  choices: PolicyChoices,
  settings: Settings,
): Promise<string> {
  const text = await readAll(path);
  const manifests = readManifests(text);
  const [problem] = manifests.problems;
  if (problem)
    throw new UsageError(`${path}:${problem.line}:${problem.column}: ${problem.message}`);
  const { texts, recognised, unselectable } = proposePolicies(
    manifests,
    catalogueAgents(),
    choices,
  );
  for (const { title, name } of recognised)
    process.stderr.write(`recognised ${title}: took the policy ${name} of the catalogue\n`);
  for (const workload of unselectable)
    process.stderr.write(
      `${workload}: no label of its pods stays the same, so no policy can select them: add the label ${nameLabel}\n`,
    );
  if (texts.length === 0) throw new UsageError(nothingFound(path, manifests));
  if (
    texts.length > 1 &&
    [choices.name, choices.secret, choices.key].some((one) => one !== undefined)
  )
    throw new UsageError(
      `--name, --secret and --key are for one policy, and ${path} needs ${texts.length}: edit them in what init prints`,
    );
  const set = policySet(texts.map(readPolicyText));
  const { pods } = previewText(text, set, {
    namespace: choices.namespace ?? 'default',
    ownNamespace: settings.namespace,
    namespaceLabels: {},
  });
  process.stderr.write(describeEffect(set, pods));
  return texts.join('---\n');
}

async function readAll(path: string): Promise<string> {
  const texts: string[] = [];
  for await (const read of readManifestFiles([path])) {
    if ('problem' in read) throw new UsageError(`${read.file}: ${read.problem}`);
    texts.push(read.text);
  }
  return texts.join('\n---\n');
}

function nothingFound(path: string, { workloads, secrets }: Manifests): string {
  if (workloads.length === 0)
    return [
      `no pod or workload found in ${path}`,
      'Where an operator makes the pods, it mostly reads the Secret itself: see token-injector init --list.',
    ].join('\n');
  const mounts = workloads.flatMap(({ kind, name, mounts: some }) =>
    some.map(({ container, mountPath, secret }) => {
      const mount = `${kind} ${name}: container ${container} mounts the Secret ${secret} at ${mountPath}`;
      return secrets.has(secret)
        ? `${mount}, and the manifests make it: name yours in the values, or write a policy with inject.files and whenPresent: Replace`
        : `${mount}: create that Secret, and the pods need no policy`;
    }),
  );
  return [
    `no variable in ${path} refers to a Secret, or has the name of a token, such as API_KEY`,
    ...mounts,
    `If the agent reads a variable or a file that the manifests do not have, write the policy: ${documentationUrl('first-policy')}`,
  ].join('\n');
}
