import { type Json, isObject, readList } from '../core/json.ts';
import { type Container, readContainers } from '../core/injection/pod.ts';
import { isForbiddenEnvName } from '../core/policy/forbidden-env.ts';

/** A variable of a container that holds a token. */
export interface TokenUse {
  readonly container: string;
  readonly variable: string;
  /** The key of a Secret that it refers to; absent where a value is written out. */
  readonly reference?: { readonly secret: string; readonly key: string };
}

/** A Secret that a container mounts. */
export interface SecretMount {
  readonly container: string;
  readonly mountPath: string;
  readonly secret: string;
}

/** The variables that refer to a Secret, or have a value under the name of a token, as far as a policy can set them. */
export function tokenUses(spec: Json): TokenUse[] {
  return containersOf(spec).flatMap(({ name: container, object }) =>
    readList(object.env).flatMap((entry) => {
      const use = isObject(entry) ? tokenUse(entry) : undefined;
      return use && !isForbiddenEnvName(use.variable) ? [{ container, ...use }] : [];
    }),
  );
}

/** The Secrets that containers mount. */
export function secretMounts(spec: Json): SecretMount[] {
  const secrets = new Map<unknown, string>();
  for (const volume of readList(spec.volumes)) {
    const secret = isObject(volume) && isObject(volume.secret) ? volume.secret.secretName : '';
    if (isObject(volume) && typeof secret === 'string' && secret !== '')
      secrets.set(volume.name, secret);
  }
  return containersOf(spec).flatMap(({ name: container, object }) =>
    readList(object.volumeMounts).flatMap((mount) => {
      if (!isObject(mount) || typeof mount.mountPath !== 'string') return [];
      const { mountPath } = mount;
      const secret = secrets.get(mount.name);
      return secret === undefined ? [] : [{ container, mountPath, secret }];
    }),
  );
}

function containersOf(spec: Json): Container[] {
  return [...readContainers(spec, 'initContainers'), ...readContainers(spec, 'containers')];
}

function tokenUse({ name, value, valueFrom }: Json): Omit<TokenUse, 'container'> | undefined {
  if (typeof name !== 'string') return undefined;
  const reference = isObject(valueFrom) ? valueFrom.secretKeyRef : undefined;
  if (isObject(reference)) {
    const { name: secret, key } = reference;
    return typeof secret === 'string' && typeof key === 'string'
      ? { variable: name, reference: { secret, key } }
      : undefined;
  }
  return valueFrom === undefined && tokenName.test(name) && mayBeToken(value)
    ? { variable: name }
    : undefined;
}

const tokenName =
  /(token|(api|access|license|licence|secret|provisioning|enrollment)_?key|password|passwd|secret|dsn)$/i;

// A switch, the path of a file and the value of another variable are no token; an empty value waits for one.
function mayBeToken(value: unknown): boolean {
  return !/^(true|false|\d{1,3}|\/.*|\$\(.*\))$/i.test(typeof value === 'string' ? value : '');
}
