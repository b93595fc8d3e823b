import { reasons } from '../../admission/reasons.ts';
import {
  type Destination,
  type PodPreview,
  type TextPreview,
  previewText,
} from '../../manifests/preview-injection.ts';
import { kindText } from '../../manifests/read/listed-objects.ts';
import { namespaceLabels } from '../../manifests/read/namespace-labels.ts';
import type { PolicySet } from '../../core/policy/policy-set.ts';
import { readPolicyFiles } from '../../policies/policy-files.ts';
import { type ReadFile, readManifestFiles } from '../../runtime/manifest-files.ts';
import type { Settings } from '../../runtime/settings.ts';
import { colourDiff } from '../colour-diff.ts';
import { jsonText } from '../json-text.ts';
import { tellWarnings } from '../policy-warnings.ts';
import { tellSkipped } from '../skipped-documents.ts';
import { sourceHints } from '../source-hints.ts';
import { UsageError } from '../usage-error.ts';
import { describePod } from './describe-pod.ts';
import { readFailOn } from './fail-on.ts';
import { containerHints, deadNamespaceHints, namespaceHints, policyHints } from './hints.ts';
import { idlePolicyLines } from './idle-policies.ts';
import { missingKeyLines } from './missing-keys.ts';
import { isLeftOut, unmetLines } from './unmet.ts';

/** Flags of `token-injector preview`. */
export interface PreviewFlags {
  readonly policies: readonly string[];
  readonly output: 'text' | 'json' | 'manifests';
  readonly namespace?: string;
  readonly namespaceLabels?: string;
  readonly excludedNamespaces: readonly string[];
  readonly failOn: readonly string[];
  readonly allowEmpty?: boolean;
}

interface FilePreview extends TextPreview {
  readonly file: string;
}

/**
 * Prints what the webhook would do to manifests; returns the exit code: 1 where an outcome is one to fail on, 2 where
 * something could not be read or there is nothing to judge.
 */
export async function preview(
  paths: readonly string[],
  flags: PreviewFlags,
  settings: Settings,
): Promise<number> {
  const failsOn = readFailOn(flags.failOn);
  if ([...flags.policies, ...paths].filter((path) => path === '-').length > 1)
    throw new UsageError('standard input (-) can be read only once');
  const { set, warnings, skipped } = await readPolicyFiles(
    flags.policies,
    flags.excludedNamespaces,
  );
  tellWarnings(warnings);
  tellSkipped(skipped, 'among the policies');
  const namespace = flags.namespace ?? 'default';
  const { previews, problems } = await previewFiles(paths, set, {
    namespace,
    ownNamespace: settings.namespace,
    ...(flags.namespaceLabels === undefined
      ? {}
      : { namespaceLabels: parseLabels(flags.namespaceLabels) }),
  });
  process.stdout.write(render(previews, flags, settings));
  const kinds = previews.flatMap(({ skipped: objects }) =>
    objects.map(({ object }) => kindText(object)),
  );
  tellSkipped(kinds, 'among the manifests');
  const pods = previews.flatMap(({ file, pods: found }) => found.map((pod) => ({ file, ...pod })));
  const lines = [
    ...sourceHints(previews),
    ...policyHints(kinds),
    ...(flags.namespace === undefined ? namespaceHints(pods, set) : []),
    ...deadNamespaceHints(set, settings.namespace),
    ...containerHints(pods, set),
    ...pods.flatMap(({ file, ...pod }) => unmetLines(file, pod)),
    ...missingKeyLines(previews, namespace),
    ...idlePolicyLines(pods),
    ...problems,
  ];
  for (const line of lines) process.stderr.write(`${line}\n`);
  if (pods.length === 0) process.stderr.write(`no pod or workload found in ${paths.join(', ')}\n`);
  if (problems.length > 0 || (pods.length === 0 && !flags.allowEmpty)) return 2;
  return failsOn(pods) ? 1 : 0;
}

async function previewFiles(
  paths: readonly string[],
  set: PolicySet,
  destination: Destination,
): Promise<{ readonly previews: readonly FilePreview[]; readonly problems: readonly string[] }> {
  const files: ReadFile[] = [];
  for await (const read of readManifestFiles(paths)) files.push(read);
  // A Namespace may stand behind the pods that are in it.
  const namespaces = new Map(
    files.flatMap((read) => ('text' in read ? [...namespaceLabels(read.text)] : [])),
  );
  const previews: FilePreview[] = [];
  const problems: string[] = [];
  for (const read of files) {
    const { file } = read;
    if ('problem' in read) {
      problems.push(`${file}: ${read.problem}`);
      continue;
    }
    const result = previewText(read.text, set, { ...destination, namespaces });
    previews.push({ file, ...result });
    for (const { line, column, message } of result.problems)
      problems.push(`${file}:${line}:${column}: ${message}`);
  }
  return { previews, problems };
}

function render(
  previews: readonly FilePreview[],
  { output }: PreviewFlags,
  settings: Settings,
): string {
  if (output === 'json') {
    return jsonText(previews.flatMap(({ file, pods }) => pods.map((pod) => toJson(file, pod))));
  }
  if (output === 'manifests')
    return previews.map(({ after }) => after().replace(/\n?$/, '\n')).join('---\n');
  const colour = process.stdout.isTTY && !settings.noColor;
  return previews
    .map(({ file, diff: makeDiff, pods }) => {
      const described = pods.map((pod) => describePod(file, pod));
      const diff = makeDiff(file.replace(/^\/+/, ''));
      return `${described.join('')}${colour ? colourDiff(diff) : diff}`;
    })
    .join('');
}

function toJson(file: string, { line, template, namespace, decisions }: PodPreview): object {
  const { apiVersion, kind, name, pointer } = template;
  return {
    file,
    line,
    apiVersion,
    kind,
    namespace,
    name,
    // Where the paths of the operations start in the object.
    pointer,
    decisions: decisions.map(({ policy, decision, unmet }) => ({
      policy: policy.name,
      sentence: reasons[decision.reason],
      ...decision,
      unmet: isLeftOut(decision) ? unmet() : [],
    })),
  };
}

function parseLabels(text: string): Record<string, string> {
  const pairs = text.split(',').filter((pair) => pair !== '');
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1)
        throw new UsageError('--namespace-labels wants KEY=VALUE pairs with commas between them');
      return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
    }),
  );
}
