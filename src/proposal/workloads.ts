import { isObject } from '../core/json.ts';
import { type Pod, readPod } from '../core/injection/pod.ts';
import type { DocumentProblem } from '../manifests/read/document-problem.ts';
import { readDocuments } from '../manifests/read/documents.ts';
import { kindText, listedObjects } from '../manifests/read/listed-objects.ts';
import { podTemplate } from '../manifests/read/pod-templates.ts';
import { type SecretMount, type TokenUse, secretMounts, tokenUses } from './token-uses.ts';

/** A pod of the manifests, or a workload that makes pods, with the tokens in it. */
export interface Workload {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly pod: Pod;
  readonly uses: readonly TokenUse[];
  readonly mounts: readonly SecretMount[];
}

/** What a proposal looks at in manifests. */
export interface Manifests {
  readonly workloads: readonly Workload[];
  /** The names of the Secrets that the manifests make. */
  readonly secrets: ReadonlySet<string>;
  readonly problems: readonly DocumentProblem[];
}

/** Reads the workloads and the names of the Secrets in manifests. */
export function readManifests(text: string): Manifests {
  const { documents, problems } = readDocuments(text);
  const objects = documents.flatMap(({ object }) => [...listedObjects(object)]);
  return {
    problems,
    secrets: new Set(objects.flatMap(({ object }) => secretName(object))),
    workloads: objects.flatMap((listed) => {
      const template = podTemplate(listed);
      const pod = readPod(template?.pod);
      if (!template || !pod) return [];
      const { kind, name, namespace } = template;
      const { spec } = pod;
      return [{ kind, name, namespace, pod, uses: tokenUses(spec), mounts: secretMounts(spec) }];
    }),
  };
}

function secretName(object: unknown): string[] {
  if (!isObject(object) || kindText(object) !== 'Secret' || !isObject(object.metadata)) return [];
  const { name } = object.metadata;
  return typeof name === 'string' ? [name] : [];
}
