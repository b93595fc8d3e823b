import { type Container, readContainers, readPod } from './pod.ts';

/**
 * Keeps the ephemeral containers that the request brings. Those of the old pod can no longer be changed;
 * where the old pod cannot be read none counts as new.
 */
export function newEphemeralContainers(
  containers: readonly Container[],
  oldPod: unknown,
): Container[] {
  const old = readPod(oldPod);
  if (!old) return [];
  const names = new Set(readContainers(old.spec, 'ephemeralContainers').map(({ name }) => name));
  return containers.filter(({ name }) => !names.has(name));
}
