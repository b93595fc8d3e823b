import { groupPods } from '../../controllers/cluster/pod-groups.ts';
import {
  type AgentPod,
  createPodProjection,
  notEnded,
} from '../../controllers/cluster/agent-pod.ts';
import { type Finding, findingsOf } from '../../core/explanation/findings.ts';
import { readPolicyObject } from '../../core/explanation/policy-object.ts';
import { policySet } from '../../core/policy/policy-set.ts';
import { type PodTally, tallyPods } from '../../core/status/pod-tally.ts';
import type { KubeApi } from '../../kube/client/api.ts';
import { resources } from '../../kube/client/resources.ts';
import { readRegisteredPolicies } from '../../policies/registered-policies.ts';
import { listPolicies } from '../list-policies.ts';
import { unlessForbidden } from '../unless-forbidden.ts';
import { UsageError } from '../usage-error.ts';

/** Which pods to audit; all of the cluster by default. */
export interface AuditedPods {
  readonly namespace?: string;
  readonly labelSelector?: string;
}

/** What an audit found. */
export interface Audit {
  /** By policy, in the order of their names, how many agent pods there are. */
  readonly policies: readonly ({ readonly policy: string } & Omit<PodTally, 'judged'>)[];
  readonly findings: readonly Finding[];
  /** The policies that cannot be used, so that no pod is judged by them. */
  readonly invalid: readonly string[];
}

/** Judges the live pods of a cluster by its policies, as the webhook would if they were made now. */
export async function auditCluster(
  api: Pick<KubeApi, 'get' | 'list'>,
  audited: AuditedPods,
  ownNamespace: string,
): Promise<Audit> {
  const policies = (await listPolicies(api)).map((object) => readPolicyObject(object));
  if (policies.length === 0) throw new UsageError('there is no TokenPolicy in this cluster');
  const set = policySet(policies.flatMap(({ parsed }) => (parsed.ok ? [parsed.policy] : [])));
  const pods = await readPods(api, audited);
  const labels = await readNamespaceLabels(api, audited.namespace);
  const registered = await unlessForbidden(() => readRegisteredPolicies(api));
  const view = {
    pods: groupPods(pods, set.policies),
    namespaceLabels: (name: string) => labels.get(name),
    ownNamespace: registered?.ownNamespace ?? ownNamespace,
  };
  const tallies = set.policies.map((policy) => ({ policy, tally: tallyPods(policy, set, view) }));
  return {
    policies: tallies.map(({ policy, tally }) => countsOf(policy.name, tally)),
    findings: tallies.flatMap(({ policy, tally }) => findingsOf(policy, tally)),
    invalid: policies.flatMap(({ name, parsed }) => (parsed.ok ? [] : [name])),
  };
}

function countsOf(policy: string, tally: PodTally): Audit['policies'][number] {
  const { judged: _, ...counts } = tally;
  return { policy, ...counts };
}

async function readPods(api: Pick<KubeApi, 'list'>, audited: AuditedPods): Promise<AgentPod[]> {
  const selection = { ...audited, fieldSelector: notEnded };
  const { items } = await api.list(resources.pods, selection, createPodProjection());
  return (items as readonly AgentPod[]).filter(({ isLive }) => isLive);
}

/** Read after the pods, so that it has the namespace of each. */
async function readNamespaceLabels(
  api: Pick<KubeApi, 'get' | 'list'>,
  namespace: string | undefined,
): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
  if (namespace === undefined) {
    const { items } = await api.list(resources.namespaces, { metadataOnly: true });
    return new Map(items.map(({ metadata }) => [metadata.name, metadata.labels ?? {}]));
  }
  const found = await api.get(resources.namespaces, namespace);
  if (!found) throw new UsageError(`there is no namespace ${namespace}`);
  return new Map([[namespace, found.metadata.labels ?? {}]]);
}
