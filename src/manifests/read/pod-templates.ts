import { type Json, isObject } from '../../core/json.ts';
import { type ListedObject, listedObjects } from './listed-objects.ts';

/** A pod, or the template that a workload makes its pods from. */
export interface PodTemplate {
  readonly apiVersion: string;
  readonly kind: string;
  /** The name of the object, else its `generateName`, else empty. */
  readonly name: string;
  readonly namespace?: string;
  /** JSON pointer to what holds the pod's metadata and spec: empty for a Pod, `/spec/template` for a Deployment. */
  readonly pointer: string;
  /** What stands there, as it is: its metadata and spec may still be of any form. */
  readonly pod: Json;
}

/** Finds the pod templates of an object of any kind; lists are walked, and what has none gives none. */
export function findPodTemplates(object: unknown): PodTemplate[] {
  return [...listedObjects(object)].flatMap((listed) => podTemplate(listed) ?? []);
}

const templatePaths: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  PodTemplate: ['template'],
  ReplicationController: ['spec', 'template'],
  'apps/Deployment': ['spec', 'template'],
  'apps/StatefulSet': ['spec', 'template'],
  'apps/DaemonSet': ['spec', 'template'],
  'apps/ReplicaSet': ['spec', 'template'],
  'batch/Job': ['spec', 'template'],
  'batch/CronJob': ['spec', 'jobTemplate', 'spec', 'template'],
  'argoproj.io/Rollout': ['spec', 'template'],
};

/** The pod template of one object; undefined where it has none. */
export function podTemplate({ object, pointer }: ListedObject): PodTemplate | undefined {
  if (!isObject(object)) return undefined;
  const { apiVersion, kind } = object;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return undefined;
  const path = templatePath(apiVersion, kind);
  const pod = path ? readPath(object, path) : undefined;
  if (!path || !isObject(pod)) return undefined;
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const name = [metadata.name, metadata.generateName].find(isText) ?? '';
  return {
    apiVersion,
    kind,
    name,
    ...(isText(metadata.namespace) ? { namespace: metadata.namespace } : {}),
    pointer: [pointer, ...path].join('/'),
    pod,
  };
}

function templatePath(apiVersion: string, kind: string): readonly string[] | undefined {
  const slash = apiVersion.indexOf('/');
  const key = slash === -1 ? kind : `${apiVersion.slice(0, slash)}/${kind}`;
  return Object.hasOwn(templatePaths, key) ? templatePaths[key] : undefined;
}

function readPath(object: Json, path: readonly string[]): unknown {
  let value: unknown = object;
  for (const key of path) value = isObject(value) ? value[key] : undefined;
  return value;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
