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
  readonly files: readonly WantedFiles[];
  readonly secretKeys: readonly SecretKey[];
}

/** A key of a Secret that a policy refers to. */
export interface SecretKey {
  readonly secret: string;
  /** Undefined where it is the whole Secret, whatever its keys. */
  readonly key: string | undefined;
  /** Whether a container starts without it. */
  readonly optional: boolean;
  /** The env variable or the mount path that needs it. */
  readonly subject: string;
}

/** The keys by their Secret, in the order in which the policy refers to them. */
export function bySecret(keys: readonly SecretKey[]): ReadonlyMap<string, SecretKey[]> {
  return Map.groupBy(keys, ({ secret }) => secret);
}

/** The keys themselves, each once. */
export function keysOf(keys: readonly SecretKey[]): string[] {
  return [...new Set(keys.flatMap(({ key }) => key ?? []))];
}

/** An env entry that a policy wants in each selected container. */
export interface WantedEnv {
  readonly name: string;
  /** For pods on Windows, where the case of names does not count. */
  readonly lowerName: string;
  readonly entry: EnvEntry;
  /** Undefined where that of an entry which is there counts. */
  readonly optional: boolean | undefined;
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
  readonly volume: { readonly name: string; readonly secret: SecretVolume };
  readonly mount: { readonly name: string; readonly mountPath: string; readonly readOnly: true };
  readonly whenPresent: NonNullable<Files['whenPresent']>;
}

type Files = TokenPolicySpec['inject']['files'][number];

/** The source of a volume, as it stands in a pod. */
export interface SecretVolume extends Pick<Files, 'items' | 'defaultMode'> {
  readonly secretName: string;
  readonly optional?: true;
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
    env: spec.inject.env.map((env) => wantedEnv(env, env.secretName ?? spec.secret.name)),
    files: spec.inject.files.map((files, index) =>
      wantedFiles(files, volumeName(name, index + 1), files.secretName ?? spec.secret.name),
    ),
    secretKeys: secretKeys(spec),
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
  { mountPath, items, defaultMode, optional, whenPresent = 'Keep' }: Files,
  name: string,
  secretName: string,
): WantedFiles {
  const secret = {
    secretName,
    ...(items && { items }),
    ...(defaultMode !== undefined && { defaultMode }),
    ...(optional && { optional }),
  };
  return {
    mountPath,
    volume: { name, secret },
    mount: { name, mountPath, readOnly: true },
    whenPresent,
  };
}

function secretKeys({ secret: { name: secret }, inject }: TokenPolicySpec): SecretKey[] {
  const { env, files } = inject;
  return [
    ...env.map(({ name, key, secretName = secret, optional = false }) => ({
      secret: secretName,
      key,
      optional,
      subject: name,
    })),
    ...files.flatMap(({ mountPath, items = [{ key: undefined }], secretName = secret, optional }) =>
      items.map(({ key }) => ({ secret: secretName, key, optional, subject: mountPath })),
    ),
  ];
}
