import type { TokenUse } from './token-uses.ts';
import { applicationOf } from './stable-labels.ts';
import type { Workload } from './workloads.ts';

/** Containers of one application that have the same variables from the same Secret, or written out. */
export interface TokenGroup {
  readonly application: string;
  /** The Secret that they refer to; absent where the values are written out. */
  readonly secret: string | undefined;
  /** Each variable, with the key that it refers to. */
  readonly variables: readonly { readonly name: string; readonly key: string | undefined }[];
  readonly workloads: readonly Workload[];
  readonly containers: readonly string[];
}

/** Groups the tokens of workloads so that each group can be one policy, which gives no container what it did not have. */
export function groupTokens(workloads: readonly Workload[]): TokenGroup[] {
  const found = workloads.flatMap((workload) => {
    const application = applicationOf(workload.pod.labels) ?? workload.name;
    const parts = Map.groupBy(workload.uses, ({ container, reference }) =>
      JSON.stringify([container, reference?.secret]),
    );
    return [...parts.values()].map((uses) => ({ application, workload, uses }));
  });
  const groups = Map.groupBy(found, ({ application, uses }) =>
    JSON.stringify([application, uses[0]!.reference?.secret, variablesOf(uses)]),
  );
  return [...groups.values()].map((parts) => {
    const { application, uses } = parts[0]!;
    return {
      application,
      secret: uses[0]!.reference?.secret,
      variables: variablesOf(uses),
      workloads: [...new Set(parts.map(({ workload }) => workload))],
      containers: [...new Set(parts.map((part) => part.uses[0]!.container))],
    };
  });
}

function variablesOf(uses: readonly TokenUse[]): TokenGroup['variables'] {
  // Of several entries of one name, the last one counts.
  const keys = new Map(uses.map(({ variable, reference }) => [variable, reference?.key]));
  return [...keys].map(([name, key]) => ({ name, key }));
}
