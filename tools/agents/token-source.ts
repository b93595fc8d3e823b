import { isObject } from '../../src/core/json.ts';

/** A key of a Secret. */
export interface SecretKey {
  readonly secret: unknown;
  readonly key: unknown;
}

/** As much of the spec of a valid pod as decides what its containers read. */
export interface PodSpec {
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
  readonly volumes?: readonly { readonly name: string; readonly secret?: SecretVolume }[];
}

interface Container {
  readonly name: string;
  readonly env?: readonly { readonly name: string; readonly valueFrom?: unknown }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

interface SecretVolume {
  readonly secretName: string;
  readonly items?: readonly { readonly key: string; readonly path: string }[];
}

/** The containers and init containers of a pod. */
export function containersOf({ initContainers = [], containers }: PodSpec): readonly Container[] {
  return [...initContainers, ...containers];
}

/** The key that a container has in a variable, or in a file by its absolute path. */
export function tokenSource(
  { volumes = [] }: PodSpec,
  { env = [], volumeMounts = [] }: Container,
  subject: string,
): SecretKey | undefined {
  if (!subject.startsWith('/')) {
    const valueFrom = env.findLast(({ name }) => name === subject)?.valueFrom;
    const reference = isObject(valueFrom) ? valueFrom.secretKeyRef : undefined;
    return isObject(reference) ? { secret: reference.name, key: reference.key } : undefined;
  }
  const [mount] = volumeMounts
    .map(({ name, mountPath }) => ({ name, folder: `${mountPath.replace(/\/$/, '')}/` }))
    .filter(({ folder }) => subject.startsWith(folder))
    .toSorted((one, other) => other.folder.length - one.folder.length);
  const secret = volumes.find(({ name }) => name === mount?.name)?.secret;
  if (!mount || !secret) return undefined;
  const path = subject.slice(mount.folder.length);
  const key = secret.items ? secret.items.find((item) => item.path === path)?.key : path;
  return { secret: secret.secretName, key };
}
