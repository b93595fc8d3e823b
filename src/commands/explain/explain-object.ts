import { explain, judge } from '../../core/explanation/explain.ts';
import type { Explanation } from '../../core/explanation/explanation.ts';
import { readPolicyObject } from '../../core/explanation/policy-object.ts';
import type { SecretFact } from '../../core/explanation/secret-state.ts';
import { type Subject, describeSubject } from '../../core/explanation/subject.ts';
import { type Json, isObject } from '../../core/json.ts';
import type { StringMap } from '../../core/policy/label-selector.ts';
import type { KubeApi, KubeObject, Selection } from '../../kube/client/api.ts';
import { readRegisteredPolicies } from '../../policies/registered-policies.ts';
import { type Resource, resources } from '../../kube/client/resources.ts';
import { readSecretKeys } from '../../kube/secret-keys.ts';
import { withoutManagedFields } from '../../kube/informer/without-managed-fields.ts';
import { hasPodSelector, listWorkloadPods } from '../../kube/workload-pods.ts';
import { findWorkloadKind } from '../../kube/workloads.ts';
import { applyOperations } from '../../manifests/edit/apply-operations.ts';
import { findPodTemplates } from '../../manifests/read/pod-templates.ts';
import { listPolicies } from '../list-policies.ts';
import { unlessForbidden } from '../unless-forbidden.ts';
import { UsageError } from '../usage-error.ts';
import { rememberReads } from './remember-reads.ts';

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
  { resource, name, namespace }: WantedObject,
  ownNamespace: string,
): Promise<ExplainedObject> {
  const policies = await listPolicies(api);
  const found = await api.get(resource, name, namespace);
  if (!found)
    throw new UsageError(
      `no ${resource.kind} ${name} in namespace ${namespace}; -n chooses another namespace`,
    );
  return explainFound(api, policies, ofKind(resource, found), ownNamespace);
}

/** The same for all objects of a kind that are selected; throws a UsageError where there is none. */
export async function explainObjects(
  api: Pick<KubeApi, 'get' | 'list'>,
  resource: Resource,
  selection: Selection,
  ownNamespace: string,
): Promise<ExplainedObject[]> {
  const reads = rememberReads(api);
  const policies = await listPolicies(reads);
  const { items } = await reads.list(resource, selection, withoutManagedFields);
  if (items.length === 0)
    throw new UsageError(`there are no such ${resource.plural}; -A looks in all namespaces`);
  const explained: ExplainedObject[] = [];
  for (const found of items)
    explained.push(await explainFound(reads, policies, ofKind(resource, found), ownNamespace));
  return explained;
}

function ofKind({ apiVersion, kind }: Resource, found: KubeObject): KubeObject {
  return { ...found, apiVersion, kind };
}

async function explainFound(
  api: Pick<KubeApi, 'get' | 'list'>,
  listed: readonly KubeObject[],
  object: KubeObject,
  ownNamespace: string,
): Promise<ExplainedObject> {
  const policies = listed.map(readPolicyObject);
  const subject = describeSubject(object, await readTemplate(api, object));
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

async function readTemplate(api: Pick<KubeApi, 'get'>, object: KubeObject): Promise<Json> {
  const [template] = findPodTemplates(object);
  if (template) return template.pod;
  // Only a Rollout may leave its template to another workload.
  const { kind, name } = readWorkloadRef(object);
  const resource = findWorkloadKind(kind);
  const found = resource && (await api.get(resource, name, object.metadata.namespace));
  return found ? (findPodTemplates(ofKind(resource, found))[0]?.pod ?? {}) : {};
}

function readWorkloadRef({ spec }: KubeObject): { readonly kind: string; readonly name: string } {
  const ref = isObject(spec) && isObject(spec['workloadRef']) ? spec['workloadRef'] : {};
  return { kind: String(ref['kind']), name: String(ref['name']) };
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
