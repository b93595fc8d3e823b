import { type Json, isObject, readList } from '../json.ts';
import type { StringMap } from '../policy/label-selector.ts';
import { type Workload, workloadOf } from '../status/workload.ts';
import { type Denial, readDenials } from './denials.ts';

/** What is explained: a pod that exists, or the pods that a workload makes from now on. */
export interface Subject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** RFC 3339, as the API server gives it. */
  readonly createdAt?: string;
  /** Whether it is a pod itself. */
  readonly isPod: boolean;
  /** The pod, or the template that the workload makes its pods from. */
  readonly pod: Json;
  /** Labels and annotations of the object itself; those of a workload say nothing about its pods. */
  readonly labels: StringMap;
  readonly annotations: StringMap;
  /** Who made it and makes another one in its place. */
  readonly owner?: Workload;
  /** Of pods that a workload wanted to make. */
  readonly denials: readonly Denial[];
}

/** Describes an object of the API and the pod or template found in it. */
export function describeSubject(object: Json, pod: Json): Subject {
  const metadata = asObject(object.metadata);
  const { creationTimestamp } = metadata;
  const owner = workloadOf(metadata);
  return {
    apiVersion: String(object.apiVersion),
    kind: String(object.kind),
    namespace: String(metadata.namespace),
    name: String(metadata.name),
    ...(typeof creationTimestamp === 'string' ? { createdAt: creationTimestamp } : {}),
    isPod: object.kind === 'Pod',
    pod,
    labels: asObject(metadata.labels),
    annotations: asObject(metadata.annotations),
    ...(owner ? { owner } : {}),
    denials: readDenials(object),
  };
}

/** A container that the kubelet cannot start because of what it refers to. */
export interface WaitingContainer {
  readonly container: string;
  /** The kubelet's words, such as `secret "aikido-api-secret" not found`. */
  readonly message: string;
}

/** The containers of a pod that wait for a Secret, or for another object that they refer to. */
export function waitingContainers({ isPod, pod }: Subject): WaitingContainer[] {
  if (!isPod || !isObject(pod.status)) return [];
  const { initContainerStatuses, containerStatuses } = pod.status;
  return [...readList(initContainerStatuses), ...readList(containerStatuses)]
    .filter(isObject)
    .flatMap(({ name, state }) => {
      const waiting = asObject(asObject(state).waiting);
      return waiting.reason === 'CreateContainerConfigError'
        ? [{ container: text(name), message: text(waiting.message) }]
        : [];
    });
}

function asObject(value: unknown): Json {
  return isObject(value) ? value : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
