import { isDeepStrictEqual } from 'node:util';
import { parsePolicy } from '../../src/core/policy/parse-policy.ts';
import type { Policy } from '../../src/core/policy/compile-policy.ts';
import { policySet } from '../../src/core/policy/policy-set.ts';
import { previewText } from '../../src/manifests/preview-injection.ts';
import { readDocuments } from '../../src/manifests/read/documents.ts';
import { findPodTemplates } from '../../src/manifests/read/pod-templates.ts';
import type { Place, TriedAgent } from './catalogue.ts';
import { type PodSpec, type SecretKey, containersOf, tokenSource } from './token-source.ts';

/** What the policy of an agent does to workloads of the form that its chart renders. */
export interface Trial {
  readonly policy: Policy;
  readonly diff: string;
  /** The reason of each decision about a workload that reads the token, without repetitions. */
  readonly reasons: readonly string[];
  /** Where a container in the end has what the policy means for it. */
  readonly holding: readonly Place[];
}

/** Tries the policy of an agent, through the same core as `preview`. */
export function tryPolicy({ name, policy: object, workloads, reads }: TriedAgent): Trial {
  const parsed = parsePolicy(object);
  if (!parsed.ok)
    throw new Error(`${name}: ${parsed.problems.map(({ message }) => message).join('\n')}`);
  const { policy } = parsed;
  const destination = { namespace: 'default', ownNamespace: 'token-injector' };
  const preview = previewText(workloads, policySet([policy]), destination);
  // A chart has workloads that read no token as well.
  const agents = preview.pods.filter(({ template }) =>
    reads.some(({ workload }) => workload === template.name),
  );
  const decisions = agents.flatMap((pod) => pod.decisions);
  return {
    policy,
    diff: preview.diff('workloads.yaml'),
    reasons: [...new Set(decisions.map(({ decision }) => decision.reason))],
    holding: findHolding(preview.after(), policy, reads),
  };
}

/** Where containers of manifests have what a policy means for them; of a whole Secret, what is read. */
export function findHolding(manifests: string, policy: Policy, reads: readonly Place[]): Place[] {
  const wanted = wantedSources(policy, reads);
  return readDocuments(manifests)
    .documents.flatMap(({ object }) => findPodTemplates(object))
    .flatMap(({ name: workload, pod }) => {
      const spec = pod.spec as PodSpec;
      return containersOf(spec).flatMap((container) =>
        [...wanted]
          .filter(([subject, source]) =>
            isDeepStrictEqual(tokenSource(spec, container, subject), source),
          )
          .map(([subject]) => ({ workload, container: container.name, subject })),
      );
    });
}

/** What the policy means for each subject; of a whole Secret, for those that are read. */
function wantedSources({ env, files }: Policy, reads: readonly Place[]): Map<string, SecretKey> {
  const variables = env.map(({ name, entry }) => {
    const { name: secret, key } = entry.valueFrom.secretKeyRef;
    return [name, { secret, key }] as const;
  });
  const paths = files.flatMap(({ mountPath, volume }) => {
    const { secretName: secret, items } = volume.secret;
    const folder = `${mountPath}/`;
    const read = reads
      .filter(({ subject }) => subject.startsWith(folder))
      .map(({ subject }) => subject.slice(folder.length));
    return (items ?? read.map((path) => ({ path, key: path }))).map(
      ({ path, key }) => [`${folder}${path}`, { secret, key }] as const,
    );
  });
  return new Map([...variables, ...paths]);
}
