import { type Json, isObject, readList } from '../core/json.ts';
import type { Container } from '../core/injection/pod.ts';
import { folderPath } from '../core/injection/mount-path.ts';
import { isMountPath } from '../core/policy/inject-rules.ts';

/** A Secret that a container mounts as a folder. */
export interface SecretMount {
  readonly container: string;
  /** Without a slash at its end. */
  readonly mountPath: string;
  readonly secret: string;
  /** The keys that become files; absent where all do. */
  readonly items?: readonly { readonly key: string; readonly path: string }[];
  readonly defaultMode?: number;
  /** Whether a policy can have the mount show another Secret. */
  readonly isReplaceable: boolean;
}

/** The Secrets that containers mount. */
export function secretMounts(spec: Json, containers: readonly Container[]): SecretMount[] {
  const volumes = new Map(
    readList(spec.volumes)
      .filter(isObject)
      .map(({ name, secret }) => [name, isObject(secret) ? secret : undefined]),
  );
  return containers.flatMap(({ name: container, object }) =>
    readList(object.volumeMounts).flatMap((mount) => {
      if (!isObject(mount) || typeof mount.mountPath !== 'string') return [];
      const volume = volumes.get(mount.name);
      if (typeof volume?.secretName !== 'string') return [];
      const mountPath = folderPath(mount.mountPath).slice(0, -1);
      const isReplaceable = !mount.subPath && !mount.subPathExpr && isMountPath(mountPath);
      return [
        { container, mountPath, secret: volume.secretName, isReplaceable, ...filesOf(volume) },
      ];
    }),
  );
}

function filesOf({ items, defaultMode }: Json): Pick<SecretMount, 'items' | 'defaultMode'> {
  const listed = readList(items).flatMap((item) => {
    if (!isObject(item) || typeof item.key !== 'string' || typeof item.path !== 'string') return [];
    return [{ key: item.key, path: item.path }];
  });
  return {
    ...(listed.length > 0 ? { items: listed } : {}),
    ...(typeof defaultMode === 'number' ? { defaultMode } : {}),
  };
}
