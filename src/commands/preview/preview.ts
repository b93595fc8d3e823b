import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { reasons } from '../../admission/reasons.ts';
import {
  type Destination,
  type PodPreview,
  type TextPreview,
  previewText,
} from '../../manifests/preview-injection.ts';
import { readPolicyFiles } from '../../policies/policy-files.ts';
import type { Settings } from '../../runtime/settings.ts';
import { unreadable } from '../../runtime/unreadable.ts';
import { colourDiff } from '../colour-diff.ts';
import { UsageError } from '../usage-error.ts';
import { describePod } from './describe-pod.ts';

/** Flags of `token-injector preview`. */
export interface PreviewFlags {
  readonly policies: string;
  readonly output: 'diff' | 'yaml' | 'json';
  readonly namespace: string;
  readonly namespaceLabels?: string;
  readonly excludedNamespaces: readonly string[];
}

interface FilePreview extends TextPreview {
  readonly file: string;
}

/** Prints what the webhook would do to manifests; returns the exit code: 1 where something could not be read. */
export async function preview(
  paths: readonly string[],
  flags: PreviewFlags,
  settings: Settings,
): Promise<number> {
  const set = await readPolicyFiles(flags.policies, flags.excludedNamespaces);
  const labels =
    flags.namespaceLabels === undefined
      ? {}
      : { namespaceLabels: parseLabels(flags.namespaceLabels) };
  const destination: Destination = {
    namespace: flags.namespace,
    ownNamespace: settings.namespace,
    ...labels,
  };
  const previews: FilePreview[] = [];
  const problems: string[] = [];
  for (const path of paths) {
    for await (const read of readManifests(path)) {
      if ('problem' in read) {
        problems.push(read.problem);
        continue;
      }
      const { file, text } = read;
      const result = { file, ...previewText(text, set, destination) };
      problems.push(
        ...result.problems.map(
          ({ line, column, message }) => `${file}:${line}:${column}: ${message}`,
        ),
      );
      previews.push(result);
    }
  }
  process.stdout.write(render(previews, flags, settings));
  const pods = previews.reduce((sum, { pods: found }) => sum + found.length, 0);
  if (pods === 0) process.stderr.write(`no pod or workload found in ${paths.join(', ')}\n`);
  for (const line of problems) process.stderr.write(`${line}\n`);
  return problems.length > 0 ? 1 : 0;
}

function render(
  previews: readonly FilePreview[],
  { output, namespaceLabels }: PreviewFlags,
  settings: Settings,
): string {
  if (output === 'json') {
    return `${JSON.stringify(
      previews.flatMap(({ file, pods }) => pods.map((pod) => toJson(file, pod))),
      undefined,
      2,
    )}\n`;
  }
  if (output === 'yaml')
    return previews.map(({ after }) => after().replace(/\n?$/, '\n')).join('---\n');
  const colour = process.stdout.isTTY && !settings.noColor;
  return previews
    .map(({ file, diff: makeDiff, pods }) => {
      const described = pods.map((pod) => describePod(file, pod, namespaceLabels !== undefined));
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
    decisions: decisions.map(({ policy, decision }) => ({
      policy: policy.name,
      sentence: reasons[decision.reason],
      ...decision,
    })),
  };
}

/** The text of a file, or what is to be said of one that has none. */
type ReadManifest = { readonly file: string; readonly text: string } | { readonly problem: string };

async function* readManifests(path: string): AsyncGenerator<ReadManifest> {
  if (path === '-') {
    yield { file: 'stdin', text: await readAll(process.stdin) };
    return;
  }
  let files: readonly string[];
  try {
    files = (await stat(path)).isDirectory() ? await listManifests(path) : [path];
  } catch (error) {
    yield { problem: explain(path, error) };
    return;
  }
  for (const file of files) {
    try {
      yield { file, text: await readFile(file, 'utf8') };
    } catch (error) {
      yield { problem: explain(file, error) };
    }
  }
}

async function listManifests(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true });
  const hidden = /(^|[/\\])(\.[^/\\]+|node_modules)([/\\]|$)/;
  return entries
    .filter((entry) => /\.(ya?ml|json)$/.test(entry) && !hidden.test(entry))
    .toSorted()
    .map((entry) => join(folder, entry));
}

function explain(path: string, error: unknown): string {
  const isAbsent = (error as NodeJS.ErrnoException).code === 'ENOENT';
  return isAbsent ? `${path}: no such file or folder` : unreadable(path, error);
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
