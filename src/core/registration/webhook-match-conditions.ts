import { injectAnnotation } from '../identity.ts';
import { mirrorAnnotation } from '../policy/annotations.ts';
import type { PodIdentity } from '../policy/match.ts';
import { selectsServiceAccount, selectsServiceAccountCel } from '../policy/service-account.ts';
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

const accountCondition = 'of-service-account';

function ofServiceAccount(names: readonly string[]): MatchCondition {
  return { name: accountCondition, expression: selectsServiceAccountCel(names) };
}

/**
 * Whether a condition `c` is one about accounts, as CEL: that differs from policy to policy, in the names alone. A pattern
 * for the whole text would cost more than the API server allows once a configuration is large; what names, commas and
 * quotes make is never more than a list.
 */
export function isAccountConditionCel(): string {
  const [start = '', end = ''] = selectsServiceAccountCel(['*']).split('*');
  const names = `c.expression.substring(${start.length}, c.expression.size() - ${end.length})`;
  return [
    `c.name == ${celString(accountCondition)}`,
    `c.expression.startsWith(${celString(start)})`,
    `c.expression.endsWith(${celString(end)})`,
    `!${names}.matches(${celString("[^-.\\w', ]")})`,
  ].join(' && ');
}

/** All conditions that entries have of which every policy has the same, beside that of its accounts. */
export const allMatchConditions: readonly MatchCondition[] = [notAMirrorPod, notOptedOut, askedFor];

/**
 * What the API server filters so that we are not asked at all: mirror pods, and of the annotation only what needs no
 * reading, since a value that cannot be read deserves an answer.
 */
export function matchConditions({ spec }: Policy): MatchCondition[] {
  const { annotation, serviceAccountNames } = spec.match;
  return [
    notAMirrorPod,
    ...(annotation === 'Optional' ? [notOptedOut] : []),
    ...(annotation === 'Required' ? [askedFor] : []),
    ...(serviceAccountNames.length > 0 ? [ofServiceAccount(serviceAccountNames)] : []),
  ];
}

/** The same of a pod: whether the API server asks us about it. */
export function meetsMatchConditions(
  policy: Policy,
  { annotations, serviceAccountName }: Pick<PodIdentity, 'annotations' | 'serviceAccountName'>,
): boolean {
  const { spec } = policy;
  if (!selectsServiceAccount(policy, serviceAccountName)) return false;
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
