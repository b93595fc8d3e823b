import type { SecretMount } from './secret-mounts.ts';
import { applicationOf } from './stable-labels.ts';
import type { VariableUse } from './variable-uses.ts';
import type { Workload } from './workloads.ts';

/** Containers of one application that have the same variables and files from the same Secret, or values written out. */
export interface TokenGroup {
  readonly application: string;
  /** The Secret that they refer to; absent where the values are written out. */
  readonly secret: string | undefined;
  /** Each variable, with the key that it refers to. */
  readonly variables: readonly { readonly name: string; readonly key: string | undefined }[];
  readonly folders: readonly Folder[];
  readonly workloads: readonly Workload[];
  readonly containers: readonly string[];
}

/** Where a container has a token: in a variable, or in the files of a Secret. */
export type TokenUse = VariableUse | SecretMount;

/** Where a Secret is mounted, and which of its keys. */
export type Folder = Pick<SecretMount, 'mountPath' | 'items' | 'defaultMode'>;

/** Groups the tokens of workloads so that each group can be one policy, which gives no container what it did not have. */
export function groupTokens(
  workloads: readonly Workload[],
  tokensOf: (workload: Workload) => readonly TokenUse[],
): TokenGroup[] {
  const found = workloads.flatMap((workload) => {
    const application = applicationOf(workload);
    const parts = Map.groupBy(tokensOf(workload), ({ container, secret }) =>
      JSON.stringify([container, secret]),
    );
    return [...parts.values()].map((uses) => ({
      application,
      workload,
      container: uses[0]!.container,
      secret: uses[0]!.secret,
      variables: variablesOf(uses.filter((use) => 'variable' in use)),
      folders: uses.filter((use) => 'mountPath' in use).map(folderOf),
    }));
  });
  const groups = Map.groupBy(found, ({ application, secret, variables, folders }) =>
    JSON.stringify([application, secret, variables, folders]),
  );
  return [...groups.values()].map((parts) => {
    const { application, secret, variables, folders } = parts[0]!;
    return {
      application,
      secret,
      variables,
      folders,
      workloads: [...new Set(parts.map(({ workload }) => workload))],
      containers: [...new Set(parts.map(({ container }) => container))],
    };
  });
}

function variablesOf(uses: readonly VariableUse[]): TokenGroup['variables'] {
  // Of several entries of one name, the last one counts.
  const keys = new Map(uses.map(({ variable, key }) => [variable, key]));
  return [...keys].map(([name, key]) => ({ name, key }));
}

function folderOf({ mountPath, items, defaultMode }: SecretMount): Folder {
  return {
    mountPath,
    ...(items ? { items } : {}),
    ...(defaultMode === undefined ? {} : { defaultMode }),
  };
}
