import { unmetRequirements } from '../core/explanation/requirements.ts';
import type { Operation } from '../core/injection/operation.ts';
import { containersWithImage } from './images.ts';
import { matchPods } from './pod-match.ts';
import { type RecognisedAgent, readersOf } from './recognise-agents.ts';
import type { Workload } from './workloads.ts';

/** How the policy of the catalogue has to differ for the pods of some manifests. */
export interface Adaptation {
  readonly operations: readonly Operation[];
  /** Each difference, with its reason. */
  readonly differences: readonly string[];
}

/** Fits the policy of a recognised agent to its workloads; nothing where no policy can select their pods. */
export function adaptPolicy(
  recognised: RecognisedAgent,
  all: readonly Workload[],
): Adaptation | undefined {
  const match = adaptMatch(recognised, all);
  const entries = adaptEntries(recognised);
  return (
    match && {
      operations: [...match.operations, ...entries.operations],
      differences: [...match.differences, ...entries.differences],
    }
  );
}

function adaptMatch(
  { agent, policy, workloads }: RecognisedAgent,
  all: readonly Workload[],
): Adaptation | undefined {
  const { annotation, podSelector } = policy.spec.match;
  const unmet = workloads.flatMap(({ pod }) =>
    unmetRequirements('podSelector', podSelector, pod.labels),
  );
  const wanted = workloads.flatMap((workload) => {
    const readers = readersOf(policy, workload);
    const names = workload.containers
      .map(({ name }) => name)
      .filter((name) => policy.selectsContainer(name) || readers.includes(name));
    return names.length > 0 ? names : containersWithImage(agent, workload);
  });
  const hasOther = wanted.some((name) => !policy.selectsContainer(name));
  if (annotation === 'Required' || (unmet.length === 0 && !hasOther))
    return { operations: [], differences: [] };
  const include = [...new Set(wanted)];
  const pods = unmet.length === 0 ? { podSelector } : matchPods(workloads, all);
  const selection = { podSelector: {}, ...pods };
  return (
    pods && {
      operations: [
        ...Object.entries(selection).map(([field, value]) => add(`/spec/match/${field}`, value)),
        ...(hasOther ? [add('/spec/match/containers', { include })] : []),
      ],
      differences: [
        ...new Set(
          unmet.map(({ wanted: label, found }) => `its pods have ${found} instead of ${label}`),
        ),
        ...(hasOther ? [`its containers are ${include.join(', ')}`] : []),
      ],
    }
  );
}

// Without it, the policy keeps a reference that is there.
function adaptEntries({ policy, workloads }: RecognisedAgent): Adaptation {
  const { secret, inject } = policy.spec;
  const entries = [...inject.env.entries()].filter(([, { name, key, secretName, whenPresent }]) =>
    workloads.some(({ uses }) =>
      uses.some(
        (use) =>
          whenPresent !== 'Replace' &&
          use.variable === name &&
          use.secret !== undefined &&
          (use.secret !== (secretName ?? secret.name) || use.key !== key),
      ),
    ),
  );
  return {
    operations: entries.map(([index]) => add(`/spec/inject/env/${index}/whenPresent`, 'Replace')),
    differences: entries.map(([, { name }]) => `it has a reference for ${name} already`),
  };
}

function add(path: string, value: unknown): Operation {
  return { op: 'add', path, value };
}
