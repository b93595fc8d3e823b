import { tokenPolicyApiVersion, tokenPolicyKind } from '../core/identity.ts';
import { matchPods } from './pod-match.ts';
import type { Folder, TokenGroup } from './token-groups.ts';
import type { PolicyChoices } from '../catalogue/agent-text.ts';
import type { Manifests } from './workloads.ts';

/** A policy for a group of containers. */
export interface Proposal {
  readonly group: TokenGroup;
  readonly name: string;
  readonly secret: string;
  readonly env: readonly Entry[];
  /** The keys that the Secret must have, as far as they are known, each with a name for its value. */
  readonly keys: ReadonlyMap<string, string>;
  /** Whether the manifests make the Secret that the pods refer to, so that the policy needs another one. */
  readonly replacesSecret: boolean;
  /** Where the command makes the Secret. */
  readonly namespace: string;
  /** The TokenPolicy, as the object of a manifest. */
  readonly policy: object;
}

interface Entry {
  readonly name: string;
  readonly key: string;
  readonly whenPresent?: 'Replace';
}

/** Proposes a policy for a group; nothing where no label and no ServiceAccount selects the pods. */
export function proposePolicy(
  group: TokenGroup,
  name: string,
  { workloads, made }: Manifests,
  choices: PolicyChoices,
): Proposal | undefined {
  const pods = matchPods(group.workloads, workloads);
  if (!pods) return undefined;
  const madeSecret = made.find((one) => one.kind === 'Secret' && one.name === group.secret);
  const ownSecret = group.secret === undefined || madeSecret ? `${name}-token` : group.secret;
  const secret = choices.secret ?? ownSecret;
  const env = group.variables.map((variable) => ({
    name: variable.name,
    key: choices.key ?? variable.key ?? toKey(variable.name),
    ...(group.secret === undefined ? {} : { whenPresent: 'Replace' as const }),
  }));
  const files = group.folders.map((folder) => toFiles(folder, choices));
  const namespaces = choices.namespace === undefined ? {} : { namespaces: [choices.namespace] };
  return {
    group,
    name,
    secret,
    env,
    keys: new Map([
      ...files
        .flatMap(({ items }) => items?.map(({ key }) => key) ?? madeSecret?.keys ?? [])
        .map((key) => [key, key.toUpperCase()] as const),
      ...env.map((entry) => [entry.key, entry.name] as const),
    ]),
    replacesSecret: madeSecret !== undefined,
    namespace: choices.namespace ?? group.workloads[0]!.namespace ?? 'default',
    policy: {
      apiVersion: tokenPolicyApiVersion,
      kind: tokenPolicyKind,
      metadata: { name },
      spec: {
        match: { ...namespaces, ...pods, containers: { include: group.containers } },
        secret: { name: secret },
        inject: {
          ...(env.length > 0 ? { env } : {}),
          ...(files.length > 0 ? { files } : {}),
        },
      },
    },
  };
}

function toFiles({ items, ...folder }: Folder, { key }: PolicyChoices) {
  // Chosen for one key: of several, none can be meant.
  const renamed = key !== undefined && items?.length === 1 ? [{ ...items[0]!, key }] : items;
  return { ...folder, ...(renamed ? { items: renamed } : {}), whenPresent: 'Replace' as const };
}

/** `dd-api-key` of `DD_API_KEY`. */
export function toKey(variable: string): string {
  return variable
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
}
