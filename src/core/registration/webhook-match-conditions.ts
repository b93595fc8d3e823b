import { injectAnnotation } from '../identity.ts';
import { mirrorAnnotation } from '../policy/annotations.ts';
import type { StringMap } from '../policy/label-selector.ts';
import type { Policy } from '../policy/compile-policy.ts';
import { celString } from '../cel.ts';

/** A CEL expression that the API server evaluates before it calls a webhook or a policy. */
export interface MatchCondition {
  readonly name: string;
  readonly expression: string;
}

const inject = celString(injectAnnotation);
const hasInject = `has(object.metadata.annotations) && ${inject} in object.metadata.annotations`;

const notAMirrorPod: MatchCondition = {
  name: 'not-a-mirror-pod',
  expression: `!(has(object.metadata.annotations) && ${celString(mirrorAnnotation)} in object.metadata.annotations)`,
};
const notOptedOut: MatchCondition = {
  name: 'not-opted-out',
  expression: `!(${hasInject} && object.metadata.annotations[${inject}] == 'false')`,
};
const askedFor: MatchCondition = { name: 'asked-for', expression: hasInject };

/** All conditions that entries have, whatever the policy. */
export const allMatchConditions: readonly MatchCondition[] = [notAMirrorPod, notOptedOut, askedFor];

/**
 * What the API server filters so that we are not asked at all: mirror pods, and of the annotation only what needs no
 * reading, since a value that cannot be read deserves an answer.
 */
export function matchConditions({ spec }: Policy): MatchCondition[] {
  const { annotation } = spec.match;
  return [
    notAMirrorPod,
    ...(annotation === 'Optional' ? [notOptedOut] : []),
    ...(annotation === 'Required' ? [askedFor] : []),
  ];
}

/** The same of a pod's annotations: whether the API server asks us about the pod. */
export function meetsMatchConditions({ spec }: Policy, annotations: StringMap): boolean {
  const has = (annotation: string) => Object.hasOwn(annotations, annotation);
  if (has(mirrorAnnotation)) return false;
  switch (spec.match.annotation) {
    case 'Optional':
      return !has(injectAnnotation) || annotations[injectAnnotation] !== 'false';
    case 'Required':
      return has(injectAnnotation);
    case 'Ignored':
      return true;
    default:
      return spec.match.annotation satisfies never;
  }
}
