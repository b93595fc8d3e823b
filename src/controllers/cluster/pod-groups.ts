import { selectorKeys } from '../../core/policy/label-selector.ts';
import type { Policy } from '../../core/policy/compile-policy.ts';
import { serviceAccountName } from '../../core/policy/service-account.ts';
import type { PodGroup } from '../../core/status/pod-tally.ts';
import type { AgentPod } from './agent-pod.ts';

/** Pods by all that policies tell them apart by; those that are the same together. */
export function groupPods(pods: Iterable<AgentPod>, policies: readonly Policy[]): PodGroup[] {
  const wanted = new Set(policies.flatMap(({ spec }) => selectorKeys(spec.match.podSelector)));
  const specs = new Map<object, number>();
  const groups = new Map<string, PodGroup & { pods: number }>();
  for (const pod of pods) {
    const { spec, annotations, workload } = pod;
    const { namespace = '' } = pod.metadata;
    const labels = Object.fromEntries(
      Object.entries(pod.labels).filter(([key]) => wanted.has(key)),
    );
    // Equal ones are the same object.
    if (!specs.has(spec)) specs.set(spec, specs.size);
    const key = JSON.stringify([namespace, labels, annotations, workload, specs.get(spec)]);
    const group = groups.get(key);
    if (group) group.pods += 1;
    else
      groups.set(key, {
        namespace,
        labels,
        annotations,
        serviceAccountName: serviceAccountName(spec),
        spec,
        pods: 1,
        workload,
      });
  }
  return [...groups.values()];
}
