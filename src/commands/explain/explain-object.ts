import { explain, judge } from '../../core/explanation/explain.ts';
import type { Explanation } from '../../core/explanation/explanation.ts';
import { readPolicyObject } from '../../core/explanation/policy-object.ts';
import type { SecretFact } from '../../core/explanation/secret-state.ts';
import { type Subject, describeSubject } from '../../core/explanation/subject.ts';
import type { StringMap } from '../../core/policy/label-selector.ts';
import { type KubeApi, KubeError, type KubeObject } from '../../kube/client/api.ts';
import { readRegisteredPolicies } from '../../policies/registered-policies.ts';
import { type Resource, resources } from '../../kube/client/resources.ts';
import { readSecretKeys } from '../../kube/secret-keys.ts';
import { hasPodSelector, listWorkloadPods } from '../../kube/workload-pods.ts';
import { applyOperations } from '../../manifests/edit/apply-operations.ts';
import { findPodTemplates } from '../../manifests/read/pod-templates.ts';
import { listPolicies } from '../list-policies.ts';
import { UsageError } from '../usage-error.ts';

/** An object to explain. */
export interface WantedObject {
  readonly resource: Resource;
  readonly name: string;
  readonly namespace: string;
}

/** An explanation with what it is about, and what could not be found out. */
export interface ExplainedObject extends Explanation {
  readonly subject: Subject;
  readonly unknown: readonly UnknownFact[];
}

/** Something that the caller may not read. */
interface UnknownFact {
  readonly what: 'namespace' | 'pods' | 'secret';
  readonly name: string;
  /** What `kubectl auth can-i` denies, such as `get secrets/aikido-api-secret -n shop`. */
  readonly right: string;
}

/**
 * Reads an object, the policies and whatever else the caller may read, and explains the one by the others.
 * Throws a UsageError where there is no such object or the cluster has no definition of TokenPolicies, and a KubeError where object or
 * policies cannot be read. `ownNamespace` is that of token-injector, as far as the cluster does not tell.
 */
export async function explainObject(
  api: Pick<KubeApi, 'get' | 'list'>,
  wanted: WantedObject,
  ownNamespace: string,
): Promise<ExplainedObject> {
  const policies = (await listPolicies(api)).map(readPolicyObject);
  const { object, subject } = await readSubject(api, wanted);
  const { namespace } = subject;
  const labels = await unlessForbidden(() => readLabels(api, namespace));
  // Hardly anybody has this right, and the status of the policies says nearly the same while a controller runs.
  const registered = await unlessForbidden(() => readRegisteredPolicies(api));
  const facts = {
    ownNamespace: registered?.ownNamespace ?? ownNamespace,
    ...(labels ? { namespaceLabels: labels } : {}),
    ...(registered ? { installed: registered.exists, registered: registered.names } : {}),
    apply: applyOperations,
  };
  const judged = judge(policies, subject, facts);
  const secrets = await readSecrets(api, judged.secretNames, namespace);
  const wantsPods = judged.concerning.length > 0 && hasPodSelector(object);
  const pods = wantsPods ? await unlessForbidden(() => readPods(api, object)) : undefined;
  const explanation = explain(judged, secrets, pods);
  return {
    subject,
    ...explanation,
    unknown: [
      ...unknownFacts(explanation, secrets, namespace),
      ...(wantsPods && !pods
        ? [{ what: 'pods' as const, name: subject.name, right: `list pods -n ${namespace}` }]
        : []),
    ],
  };
}

async function readSubject(
  api: Pick<KubeApi, 'get'>,
  { resource, name, namespace }: WantedObject,
): Promise<{ readonly object: KubeObject; readonly subject: Subject }> {
  const found = await api.get(resource, name, namespace);
  if (!found)
    throw new UsageError(
      `no ${resource.kind} ${name} in namespace ${namespace}; -n chooses another namespace`,
    );
  const object: KubeObject = { ...found, apiVersion: resource.apiVersion, kind: resource.kind };
  // The API server stores no workload without a template.
  const [template] = findPodTemplates(object);
  return { object, subject: describeSubject(object, template?.pod ?? {}) };
}

async function readPods(api: Pick<KubeApi, 'list'>, workload: KubeObject): Promise<Subject[]> {
  const { apiVersion, kind } = resources.pods;
  const pods = await listWorkloadPods(api, workload);
  return pods.map((pod) => describeSubject({ ...pod, apiVersion, kind }, pod));
}

async function readLabels(
  api: Pick<KubeApi, 'get'>,
  namespace: string,
): Promise<StringMap | undefined> {
  const found = await api.get(resources.namespaces, namespace);
  return found && (found.metadata.labels ?? {});
}

/** The keys of Secrets, without what they hold. */
async function readSecrets(
  api: Pick<KubeApi, 'get'>,
  names: ReadonlySet<string>,
  namespace: string,
): Promise<Map<string, SecretFact>> {
  const secrets = new Map<string, SecretFact>();
  for (const name of names) {
    const fact = await unlessForbidden(async (): Promise<SecretFact> => {
      const keys = await readSecretKeys(api, name, namespace);
      return keys ? { keys } : 'missing';
    });
    secrets.set(name, fact ?? 'unknown');
  }
  return secrets;
}

async function unlessForbidden<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof KubeError && error.status === 403) return undefined;
    throw error;
  }
}

/** What would have changed an explanation, had it been allowed to know it. */
function unknownFacts(
  { policies }: Explanation,
  secrets: ReadonlyMap<string, SecretFact>,
  namespace: string,
): UnknownFact[] {
  const assumed = policies.some(({ notes }) => notes.includes('namespace-labels-unknown'));
  const unread = [...secrets].filter(([, fact]) => fact === 'unknown');
  return [
    ...(assumed
      ? [
          {
            what: 'namespace' as const,
            name: namespace,
            right: `get namespaces/${namespace} -n ${namespace}`,
          },
        ]
      : []),
    ...unread.map(([name]) => ({
      what: 'secret' as const,
      name,
      right: `get secrets/${name} -n ${namespace}`,
    })),
  ];
}
