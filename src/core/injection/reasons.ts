import { containersAnnotation, injectAnnotation } from '../identity.ts';
import type { MatchReason } from '../policy/reasons.ts';

/** What became of a pod that a policy concerns, and of each thing that the policy wanted in it. */
export const injectionReasons = {
  'already-injected': 'The pod already holds everything that the policy wants.',
  'annotation-containers-bad': `The annotation ${containersAnnotation} is not a list of container names and was ignored.`,
  'annotation-containers-nobody': `The annotation ${containersAnnotation} names no container of the pod and was ignored.`,
  'annotation-container-unknown': `The annotation ${containersAnnotation} names a container that the pod does not have.`,
  'annotation-inject-bad': `The annotation ${injectAnnotation} is not "true", "false" or a list of policy names and was ignored.`,
  'annotation-policy-unknown': `The annotation ${injectAnnotation} names a policy that does not exist.`,
  conflict: 'Another policy already wrote what this one wants to write; it was kept.',
  'container-malformed':
    'The container is not of the form that Kubernetes defines and was left alone.',
  'container-not-named': `The annotation ${containersAnnotation} does not name the container.`,
  'container-not-selected':
    "The policy's containers.include and containers.exclude leave the container out, or it is a well-known sidecar.",
  'env-added': 'A variable that refers to the Secret was added.',
  'env-kept-literal': 'The variable was there with a written-out value, which the policy keeps.',
  'env-kept-reference': 'The variable was there as a reference, which the policy keeps.',
  'env-present': 'The variable already refers to the Secret as the policy wants it.',
  'env-replaced-field':
    'The variable was there as a field of the pod, which holds no token; a reference replaced it.',
  'env-replaced-literal':
    'The variable was there with a written-out value, which a reference replaced.',
  'env-replaced-reference': 'The variable was there as another reference, which was replaced.',
  'ephemeral-containers-not-selected':
    'The policy does not set ephemeralContainers, so those that are added later get nothing.',
  'file-added': 'The folder with the files was mounted.',
  'file-path-nested':
    'The folder was mounted within another volume of the pod, which gets an empty folder there.',
  'file-path-occupied':
    "Something else is mounted at the policy's mountPath, in it, or read-only around it, which the policy keeps.",
  'file-present': 'The folder with the files is already mounted.',
  'file-replaced':
    'The mount that was there now shows the folder with the files, and no longer its volume.',
  'file-volume-occupied': "Another volume has the name of the policy's volume; it was kept.",
  injected: 'References to the Secret were added to the pod.',
  kept: 'The pod has entries of its own where the policy wants its own; they were kept.',
  'no-container-selected': 'The pod has no container that the policy and the annotation select.',
  'no-new-container': 'The request brings no new ephemeral container.',
  'pod-too-large': 'The pod would get more entries than any pod that the API server can store.',
  'pod-malformed': 'The object is not of the form that Kubernetes defines for pods.',
} as const satisfies Record<string, string>;

/** What became of a pod, or of one thing that a policy wanted in it. */
export type DecisionReason = keyof typeof injectionReasons | MatchReason;
