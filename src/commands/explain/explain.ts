import { definitionName } from '../../core/identity.ts';
import { isDnsSubdomain } from '../../core/kubernetes-names.ts';
import type { Resource } from '../../kube/client/resources.ts';
import { findWorkloadKind, workloadKinds } from '../../kube/workloads.ts';
import type { Settings } from '../../runtime/settings.ts';
import { askCluster } from '../ask-cluster.ts';
import type { ClusterFlags } from '../cluster-options.ts';
import { explainObject, explainObjects } from './explain-object.ts';
import { explanationJson, explanationText, explanationsJson } from './explanation-text.ts';
import { UsageError } from '../usage-error.ts';

/** Flags of `token-injector explain`. */
export interface ExplainFlags extends ClusterFlags {
  readonly allNamespaces?: boolean;
  readonly selector?: string;
  readonly output: 'text' | 'json';
}

/** Prints what every policy does to pods, or to the next pods of workloads, and why. */
export async function explain(
  words: readonly string[],
  flags: ExplainFlags,
  settings: Settings,
): Promise<void> {
  const { allNamespaces, selector: labelSelector, output } = flags;
  if (allNamespaces || labelSelector !== undefined) {
    const resource = readKind(words);
    const rights = `list ${definitionName} and ${resource.plural}`;
    const explained = await askCluster(flags, settings, rights, ({ api, namespace }) => {
      const selection = {
        ...(!allNamespaces && { namespace }),
        ...(labelSelector !== undefined && { labelSelector }),
      };
      return explainObjects(api, resource, selection, settings.namespace);
    });
    process.stdout.write(
      output === 'json' ? explanationsJson(explained) : explained.map(explanationText).join('\n'),
    );
    return;
  }
  const { resource, name } = readObject(words);
  const rights = `list ${definitionName} and to get the object`;
  const explained = await askCluster(flags, settings, rights, ({ api, namespace }) =>
    explainObject(api, { resource, name, namespace }, settings.namespace),
  );
  process.stdout.write(output === 'json' ? explanationJson(explained) : explanationText(explained));
}

/** The kind of the objects that a selector or a namespace chooses. */
function readKind([kind = 'pods', ...more]: readonly string[]): Resource {
  if (more.length > 0 || kind.includes('/'))
    throw new UsageError('with -l or -A, want a kind without a name');
  return findKind(kind);
}

function readObject(words: readonly string[]): { resource: Resource; name: string } {
  const [first = '', ...others] = words;
  if (first === '')
    throw new UsageError(
      `name what to explain: KIND/NAME, or KIND with -l or -A; kinds are ${workloadKinds.join(', ')}`,
    );
  const slash = first.indexOf('/');
  const kind = slash === -1 ? first : first.slice(0, slash);
  const [name = '', ...more] = slash === -1 ? others : [first.slice(slash + 1), ...others];
  const resource = findKind(kind);
  if (name === '' || more.length > 0)
    throw new UsageError(`want one object: ${kind}/NAME or ${kind} NAME`);
  if (!isDnsSubdomain(name)) throw new UsageError(`${JSON.stringify(name)} cannot be a name`);
  return { resource, name };
}

function findKind(kind: string): Resource {
  const resource = findWorkloadKind(kind);
  if (resource) return resource;
  throw new UsageError(
    `unknown kind ${JSON.stringify(kind)}; known are ${workloadKinds.join(', ')}`,
  );
}
