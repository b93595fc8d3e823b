import { injectAnnotation, validatingAdmissionPolicyName, ourLabels } from '../identity.ts';
import { type Policy, bySecret } from '../policy/compile-policy.ts';
import type { PolicySet } from '../policy/policy-set.ts';
import { celString } from '../cel.ts';
import { podRule } from './pod-rule.ts';
import { matchConditions } from './webhook-match-conditions.ts';
import { missingTokenVariables } from './missing-token-cel.ts';
import { type AddedRequirements, withAddedRequirements } from './added-requirements.ts';
import { effectiveSelectors } from './selectors.ts';

/** Whether the API server denies the policy's pods where they would start without their token. */
export function deniesMissingToken({ spec }: Policy): boolean {
  return spec.enforce.missingToken === 'Deny';
}

/**
 * For a policy with `enforce.missingToken: Deny`: the ValidatingAdmissionPolicy and its binding (plain JSON) with which
 * the API server itself denies an agent pod that would start without its token. Empty for other policies. `added` is
 * what others added to the selectors of the policy's entry: nobody asks us about pods that it leaves out, so that they
 * are not denied either.
 */
export function validatingAdmissionPolicy(
  policy: Policy,
  set: PolicySet,
  ownNamespace: string,
  added?: AddedRequirements,
) {
  if (!deniesMissingToken(policy)) return [];
  const metadata = {
    name: validatingAdmissionPolicyName(policy.name),
    labels: ourLabels,
  };
  return [
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          matchPolicy: 'Equivalent',
          ...withAddedRequirements(effectiveSelectors(policy, ownNamespace), added),
          resourceRules: [podRule('CREATE', 'pods')],
        },
        matchConditions: matchConditions(policy),
        variables: missingTokenVariables(policy, set),
        validations: [
          {
            expression: 'variables.missing.size() == 0',
            messageExpression: denialMessage(policy),
            reason: 'Forbidden',
          },
        ],
      },
    },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: { policyName: metadata.name, validationActions: ['Deny'] },
    },
  ];
}

function denialMessage({ name, spec, env, files, secretKeys }: Policy): string {
  const wanted = [...env.map((entry) => entry.name), ...files.map(({ mountPath }) => mountPath)];
  // The API server drops a message that is too long.
  const named =
    wanted.slice(0, 3).join(', ') + (wanted.length > 3 ? ` and ${wanted.length - 3} more` : '');
  const optOut =
    spec.match.annotation === 'Optional'
      ? `; a pod that needs no token sets the annotation ${injectAnnotation}: "false"`
      : '';
  return [
    celString('container "'),
    'variables.missing[0].name',
    celString(
      `" would start without its token (${named} from Secret ${[...bySecret(secretKeys).keys()].slice(0, 3).join(', ')}, TokenPolicy ${name}): ` +
        'the webhook of token-injector was not reached, or something removed the reference. ' +
        `Controllers try again by themselves; create a bare pod again once the webhook is ready${optOut}`,
    ),
  ].join(' + ');
}
