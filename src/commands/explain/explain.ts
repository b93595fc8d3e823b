import { definitionName } from '../../core/identity.ts';
import { isDnsSubdomain } from '../../core/kubernetes-names.ts';
import type { Resource } from '../../kube/client/resources.ts';
import { findWorkloadKind, workloadKinds } from '../../kube/workloads.ts';
import type { Settings } from '../../runtime/settings.ts';
import { askCluster } from '../ask-cluster.ts';
import type { ClusterFlags } from '../cluster-options.ts';
import { explainObject } from './explain-object.ts';
import { explanationJson, explanationText } from './explanation-text.ts';
import { UsageError } from '../usage-error.ts';

/** Flags of `token-injector explain`. */
export interface ExplainFlags extends ClusterFlags {
  readonly output: 'text' | 'json';
}

/** Prints what every policy does to a pod, or to the next pods of a workload, and why. */
export async function explain(
  words: readonly string[],
  flags: ExplainFlags,
  settings: Settings,
): Promise<void> {
  const { resource, name } = readWords(words);
  const rights = `list ${definitionName} and to get the object`;
  const explained = await askCluster(flags, settings, rights, ({ api, namespace }) =>
    explainObject(api, { resource, name, namespace }, settings.namespace),
  );
  const render = flags.output === 'json' ? explanationJson : explanationText;
  process.stdout.write(render(explained));
}

function readWords(words: readonly string[]): { resource: Resource; name: string } {
  const [first = '', ...others] = words;
  const slash = first.indexOf('/');
  const kind = slash === -1 ? first : first.slice(0, slash);
  const [name = '', ...more] = slash === -1 ? others : [first.slice(slash + 1), ...others];
  const resource = findWorkloadKind(kind);
  if (!resource)
    throw new UsageError(
      `unknown kind ${JSON.stringify(kind)}; known are ${workloadKinds.join(', ')}`,
    );
  if (name === '' || more.length > 0)
    throw new UsageError(`want one object: ${kind}/NAME or ${kind} NAME`);
  if (!isDnsSubdomain(name)) throw new UsageError(`${JSON.stringify(name)} cannot be a name`);
  return { resource, name };
}
