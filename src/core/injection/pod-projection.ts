import { containersAnnotation, injectAnnotation } from '../identity.ts';
import { type Json, isObject } from '../json.ts';
import { mirrorAnnotation } from '../policy/annotations.ts';
import { containerLists } from './pod.ts';

/**
 * What deciding reads of a pod, and nothing else: every decision on it is the one on the whole pod. No value of a
 * variable is in it, nor a command, an image or an address.
 */
export function projectPod({ metadata, spec }: Json): Json {
  const { labels, annotations } = asObject(metadata);
  return {
    metadata: { labels: asObject(labels), annotations: pick(asObject(annotations), ...read) },
    ...(isObject(spec) ? { spec: projectSpec(spec) } : {}),
  };
}

const read = [injectAnnotation, containersAnnotation, mirrorAnnotation];

function projectSpec(spec: Json): Json {
  return {
    ...pick(spec, 'serviceAccountName', 'serviceAccount'),
    ...(isObject(spec.os) ? { os: pick(spec.os, 'name') } : {}),
    ...mapLists(spec, {
      ...Object.fromEntries(containerLists.map((list) => [list, projectContainer])),
      volumes: projectVolume,
    }),
  };
}

function projectContainer(container: Json): Json {
  return {
    ...pick(container, 'name', 'terminationMessagePath'),
    ...mapLists(container, {
      env: projectEnv,
      volumeMounts: (mount) =>
        pick(mount, 'name', 'mountPath', 'readOnly', 'subPath', 'subPathExpr'),
      volumeDevices: (device) => pick(device, 'name', 'devicePath'),
    }),
  };
}

function projectEnv(entry: Json): Json {
  if (!isObject(entry.valueFrom)) return pick(entry, 'name');
  const sources = mapValues(entry.valueFrom, (source, kind) =>
    kind === 'secretKeyRef' ? pick(source, 'name', 'key', 'optional') : pick(source, 'optional'),
  );
  return { ...pick(entry, 'name'), valueFrom: sources };
}

function projectVolume(volume: Json): Json {
  const sources = mapValues(volume, (source, kind) =>
    kind === 'secret'
      ? pick(source, 'secretName', 'items', 'defaultMode', 'optional')
      : pick(source, 'readOnly'),
  );
  return { ...sources, ...pick(volume, 'name') };
}

/** The fields that are objects. */
function mapValues(object: Json, map: (value: Json, field: string) => Json): Json {
  return Object.fromEntries(
    Object.entries(object).flatMap(([field, value]) =>
      isObject(value) ? [[field, map(value, field)]] : [],
    ),
  );
}

// Deciding sees that something is no list, or no object in a list; what it is instead does not matter.
function mapLists(object: Json, maps: Readonly<Record<string, (item: Json) => Json>>): Json {
  return Object.fromEntries(
    Object.entries(maps).flatMap(([field, map]) => {
      const list = object[field] ?? undefined;
      if (list === undefined) return [];
      const items = (all: readonly unknown[]) =>
        all.map((item) => (isObject(item) ? map(item) : null));
      return [[field, Array.isArray(list) ? items(list) : {}]];
    }),
  );
}

function pick(object: Json, ...fields: readonly string[]): Json {
  return Object.fromEntries(
    fields.flatMap((field) => (Object.hasOwn(object, field) ? [[field, object[field]]] : [])),
  );
}

function asObject(value: unknown): Json {
  return isObject(value) ? value : {};
}
