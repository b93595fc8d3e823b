import type { Policy } from '../policy/policy.ts';
import type { PolicySet } from '../policy/policy-set.ts';
import { celString } from '../cel.ts';
import { podRule } from './pod-rule.ts';
import { matchConditions } from './match-conditions.ts';
import { missingTokenVariables } from './missing-token.ts';
import { type Narrowing, narrow } from './narrowing.ts';
import { effectiveSelectors } from './selectors.ts';

/** Name of a policy's ValidatingAdmissionPolicy and of its binding. */
export function refusalName(policyName: string): string {
  return `token-injector-${policyName}`;
}

/** Whether the API server refuses the policy's pods where they would start without their token. */
export function hasRefusal({ spec }: Policy): boolean {
  return spec.enforce.missingToken === 'Deny';
}

/**
 * For a policy with `enforce.missingToken: Deny`: the ValidatingAdmissionPolicy and its binding (plain JSON) with which
 * the API server itself refuses an agent pod that would start without its token. Empty for other policies.
 * `narrowing` is what others added to the policy's entry: of the pods which that leaves out nobody asks us, so that they
 * are not refused either.
 */
export function refusal(
  policy: Policy,
  set: PolicySet,
  ownNamespace: string,
  narrowing?: Narrowing,
) {
  if (!hasRefusal(policy)) return [];
  const metadata = {
    name: refusalName(policy.name),
    labels: { 'app.kubernetes.io/name': 'token-injector' },
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
          ...narrow(effectiveSelectors(policy, ownNamespace), narrowing),
          resourceRules: [podRule('CREATE', 'pods')],
        },
        matchConditions: matchConditions(policy),
        variables: missingTokenVariables(policy, set),
        validations: [
          {
            expression: 'variables.missing.size() == 0',
            messageExpression: refusalMessage(policy),
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

function refusalMessage({ name, spec, env, files }: Policy): string {
  const wanted = [...env.map((entry) => entry.name), ...(files ? [files.mountPath] : [])];
  // The API server drops a message that is too long.
  const named =
    wanted.slice(0, 3).join(', ') + (wanted.length > 3 ? ` and ${wanted.length - 3} more` : '');
  const optOut =
    spec.match.annotation === 'Optional'
      ? `; a pod that needs no token sets the annotation token-injector.dev/inject: "false"`
      : '';
  return [
    celString('container "'),
    'variables.missing[0].name',
    celString(
      `" would start without its token (${named} from Secret ${spec.secret.name}, TokenPolicy ${name}): ` +
        'the webhook of token-injector was not reached, or something removed the reference. ' +
        `Controllers try again by themselves; create a bare pod again once the webhook is ready${optOut}`,
    ),
  ].join(' + ');
}
