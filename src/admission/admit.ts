import { type InjectionContext, decideInjection } from '../core/injection/decide-injection.ts';
import { type Decision, type Unchanged, unchanged } from '../core/injection/decision.ts';
import type { PolicySet } from '../core/policy/policy-set.ts';
import type { RequestReason } from './reasons.ts';
import type { AdmissionAnswer, AdmissionRequest } from './review.ts';

/** Decides what the policy of that name does to the request's pod; a policy that is not known changes nothing. */
export function admit(
  request: AdmissionRequest,
  policyName: string,
  set: PolicySet,
  ownNamespace: string,
): Decision | Unchanged<RequestReason> {
  const policy = set.byName.get(policyName);
  if (!policy) return unchanged('policy-unknown');
  if (request.kind !== 'Pod' || request.group !== '') return unchanged('not-a-pod');

  const { namespace, object, oldObject } = request;
  const context: InjectionContext = { namespace, ownNamespace, set };
  switch (`${request.operation} ${request.subResource}`) {
    case 'CREATE ':
      return decideInjection(policy, object, context);
    case 'UPDATE ephemeralcontainers':
      return decideInjection(policy, object, { ...context, ephemeral: { oldPod: oldObject } });
    default:
      return unchanged('operation-ignored');
  }
}

/** What a decision answers to the API server. */
export function toAnswer(decision: Decision | Unchanged<RequestReason>): AdmissionAnswer {
  return {
    operations: decision.changed ? decision.operations : [],
    warnings: decision.warnings.map(({ message }) => message),
  };
}
