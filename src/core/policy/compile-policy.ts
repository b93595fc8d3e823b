import { volumeName } from '../identity.ts';
import { compileContainers, type NameTest } from './containers.ts';
import { compileSelector, type LabelTest } from './label-selector.ts';
import type { TokenPolicySpec } from './schema.ts';

/** A policy with everything prepared that deciding needs, so that no request compiles or builds it again. */
export interface Policy {
  readonly name: string;
  readonly spec: TokenPolicySpec;
  /** Namespaces that the installation excludes for all policies. */
  readonly excludedNamespaces: readonly string[];
  readonly selectsNamespace: LabelTest;
  readonly selectsPod: LabelTest;
  readonly selectsContainer: NameTest;
  readonly env: readonly WantedEnv[];
  readonly files: WantedFiles | undefined;
  readonly secretKeys: readonly SecretKey[];
}

/** A key of the Secret that a policy refers to. */
export interface SecretKey {
  readonly key: string;
  /** Whether a container starts without it. */
  readonly optional: boolean;
  /** The env variable or the mount path that needs it. */
  readonly subject: string;
}

/** An env entry that a policy wants in each selected container. */
export interface WantedEnv {
  readonly name: string;
  /** For pods on Windows, where the case of names does not count. */
  readonly lowerName: string;
  readonly entry: EnvEntry;
  readonly optional: boolean;
  readonly whenPresent: TokenPolicySpec['inject']['env'][number]['whenPresent'];
}

/** An env entry that refers to a Secret, as it stands in a container. */
interface EnvEntry {
  readonly name: string;
  readonly valueFrom: {
    readonly secretKeyRef: {
      readonly name: string;
      readonly key: string;
      readonly optional?: true;
    };
  };
}

/** A volume that a policy wants in the pod, and its mount in each selected container. */
export interface WantedFiles {
  readonly mountPath: string;
  readonly volume: {
    readonly name: string;
    readonly secret: {
      readonly secretName: string;
      readonly items: readonly { readonly key: string; readonly path: string }[];
    };
  };
  readonly mount: { readonly name: string; readonly mountPath: string; readonly readOnly: true };
}

/** Prepares a checked policy. */
export function compilePolicy(
  name: string,
  spec: TokenPolicySpec,
  excludedNamespaces: readonly string[],
): Policy {
  return {
    name,
    spec,
    excludedNamespaces,
    selectsNamespace: compileSelector(spec.match.namespaceSelector),
    selectsPod: compileSelector(spec.match.podSelector),
    selectsContainer: compileContainers(spec.match.containers),
    env: spec.inject.env.map((env) => wantedEnv(env, spec.secret.name)),
    files: spec.inject.files.map((files) => wantedFiles(files, name, spec.secret.name))[0],
    secretKeys: secretKeys(spec.inject),
  };
}

function wantedEnv(env: TokenPolicySpec['inject']['env'][number], secretName: string): WantedEnv {
  const { name, key, optional, whenPresent } = env;
  const secretKeyRef = optional
    ? ({ name: secretName, key, optional } as const)
    : { name: secretName, key };
  return {
    name,
    lowerName: name.toLowerCase(),
    entry: { name, valueFrom: { secretKeyRef } },
    optional,
    whenPresent,
  };
}

function wantedFiles(
  { mountPath, items }: TokenPolicySpec['inject']['files'][number],
  policyName: string,
  secretName: string,
): WantedFiles {
  const name = volumeName(policyName);
  return {
    mountPath,
    volume: { name, secret: { secretName, items } },
    mount: { name, mountPath, readOnly: true },
  };
}

function secretKeys({ env, files }: TokenPolicySpec['inject']): SecretKey[] {
  return [
    ...env.map(({ name, key, optional }) => ({ key, optional, subject: name })),
    ...files.flatMap(({ mountPath, items }) =>
      items.map(({ key }) => ({ key, optional: false, subject: mountPath })),
    ),
  ];
}
