import { isDnsLabel } from '../kubernetes-names.ts';
import { type Json, isObject, readList } from '../json.ts';
import type { StringMap } from '../policy/label-selector.ts';
import { serviceAccountName } from '../policy/service-account.ts';

/** A pod as far as deciding looks at it; everything below may still be of any form. */
export interface Pod {
  readonly labels: StringMap;
  readonly annotations: StringMap;
  readonly serviceAccountName: string;
  readonly spec: Json;
}

/** The lists of a pod that hold containers. */
export const containerLists = ['initContainers', 'containers', 'ephemeralContainers'] as const;
/** A list of a pod that holds containers. */
export type ContainerList = (typeof containerLists)[number];

/** A container and where it stands. */
export interface Container {
  /** JSON pointer, such as `/spec/containers/0`. */
  readonly pointer: string;
  /** Path for people, such as `spec.containers[0]`. */
  readonly path: string;
  readonly name: string;
  readonly object: Json;
}

/** Reads a pod, or nothing where the object is none. */
export function readPod(value: unknown): Pod | undefined {
  if (!isObject(value) || !isObject(value.spec)) return undefined;
  const metadata = isObject(value.metadata) ? value.metadata : {};
  return {
    labels: isObject(metadata.labels) ? metadata.labels : {},
    annotations: isObject(metadata.annotations) ? metadata.annotations : {},
    serviceAccountName: serviceAccountName(value.spec),
    spec: value.spec,
  };
}

/** Reads the containers of a list; what is no container with a name is passed over, the API server refuses it. */
export function readContainers(spec: Json, list: ContainerList): Container[] {
  const found: Container[] = [];
  for (const [index, object] of readList(spec[list]).entries()) {
    if (!isObject(object) || typeof object.name !== 'string') continue;
    found.push({
      pointer: `/spec/${list}/${index}`,
      path: `spec.${list}[${index}]`,
      name: object.name,
      object,
    });
  }
  return found;
}

/** Names a container for people: by its name where that is a legal one, else by its place. */
export function containerLabel({ name, path }: Container): string {
  return isDnsLabel(name) ? name : path;
}

/** Whether a pod has neither ended nor is being deleted: any other needs no token any more. */
export function isLivePod(pod: Json): boolean {
  const isLeaving = isObject(pod.metadata) && pod.metadata.deletionTimestamp !== undefined;
  return !isLeaving && !['Succeeded', 'Failed'].includes(phaseOf(pod));
}

/** The phase that the kubelet says a pod is in; empty where it said nothing yet. */
export function phaseOf({ status }: Json): string {
  return isObject(status) ? String(status.phase) : '';
}
