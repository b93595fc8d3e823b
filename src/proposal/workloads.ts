import { isObject } from '../core/json.ts';
import { type Pod, readContainers, readPod } from '../core/injection/pod.ts';
import { readDocuments } from '../manifests/read/documents.ts';
import { kindText, listedObjects } from '../manifests/read/listed-objects.ts';
import { podTemplate } from '../manifests/read/pod-templates.ts';
import { type SecretMount, secretMounts } from './secret-mounts.ts';
import { type VariableUse, variableUses } from './variable-uses.ts';
import { type WrittenValues, writtenValues } from './written-values.ts';

/** A pod of the manifests, or a workload that makes pods, with the tokens in it. */
export interface Workload {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly pod: Pod;
  readonly containers: readonly { readonly name: string; readonly image: string }[];
  readonly uses: readonly VariableUse[];
  readonly mounts: readonly SecretMount[];
}

/** What a proposal looks at in manifests. */
export interface Manifests {
  readonly workloads: readonly Workload[];
  /** The Secrets and ConfigMaps that the manifests make. */
  readonly made: readonly WrittenValues[];
  /** The other objects. */
  readonly objects: readonly { readonly kind: string; readonly name: string }[];
}

/** Reads texts of manifests; passes over documents that are none. */
export function readManifests(texts: readonly string[]): Manifests {
  const objects = texts
    .flatMap((text) => readDocuments(text).documents)
    .flatMap(({ object }) => [...listedObjects(object)]);
  const workloads = objects.flatMap((listed) => {
    const template = podTemplate(listed);
    const pod = readPod(template?.pod);
    if (!template || !pod) return [];
    const { kind, name, namespace } = template;
    const { spec } = pod;
    const containers = [
      ...readContainers(spec, 'initContainers'),
      ...readContainers(spec, 'containers'),
    ];
    return [
      {
        kind,
        name,
        namespace,
        pod,
        containers: containers.map(({ name: container, object: { image } }) => ({
          name: container,
          image: typeof image === 'string' ? image : '',
        })),
        uses: containers.flatMap(variableUses),
        mounts: secretMounts(spec, containers),
      },
    ];
  });
  return {
    workloads,
    made: objects.flatMap(({ object }) => writtenValues(object) ?? []),
    objects: objects.map(({ object }) => ({ kind: kindText(object), name: nameOf(object) })),
  };
}

function nameOf(object: unknown): string {
  const metadata = isObject(object) ? object.metadata : undefined;
  return isObject(metadata) && typeof metadata.name === 'string' ? metadata.name : '';
}
