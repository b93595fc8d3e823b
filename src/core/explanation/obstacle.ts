import type { Policy } from '../policy/compile-policy.ts';
import { type ExplainedReason, explainedReasons } from './reasons.ts';
import type { PolicyObject } from './policy-object.ts';

/** Why a policy that selects a pod does not give it the token at present. */
export type Obstacle = Extract<
  ExplainedReason,
  'not-installed' | 'policy-not-ready' | 'policy-not-registered' | 'webhook-not-reached'
>;

/** What the API server has registered of us, as far as the caller may see it. */
export interface RegistrationFacts {
  /** Whether anything is registered at all; absent where the caller may not see it. */
  readonly installed?: boolean;
  /** Policies that are registered; absent where the caller may not see it. */
  readonly registered?: ReadonlySet<string>;
}

/** What keeps the pods that are made now from getting the token; what hides the others comes first. */
export function findObstacles(object: PolicyObject, state: RegistrationFacts): Obstacle[] {
  const { ready, reachable } = object;
  if (state.installed === false) return ['not-installed'];
  const obstacles: Obstacle[] = [];
  if (ready && ready.status !== 'True' && !isAdmitted(ready)) obstacles.push('policy-not-ready');
  else if (isUnregistered(object, state)) obstacles.push('policy-not-registered');
  if (reachable?.status === 'False') obstacles.push('webhook-not-reached');
  return obstacles;
}

/** Whether the API server asks nobody about a policy, though it does about others. */
export function isUnregistered(
  { name }: PolicyObject,
  { installed, registered }: RegistrationFacts,
): boolean {
  return installed !== false && registered !== undefined && !registered.has(name);
}

/** Whether the controller may not have the policy's pods denied: they get their token all the same. */
function isAdmitted(ready: PolicyObject['ready']): boolean {
  return ready?.reason === 'NotPermitted';
}

/** What an obstacle means for the pods of one policy. */
export function obstacleSentence(
  obstacle: Obstacle,
  { spec }: Policy,
  { ready }: Pick<PolicyObject, 'ready'>,
): string {
  if (obstacle !== 'webhook-not-reached') return explainedReasons[obstacle];
  const { missingToken } = spec.enforce;
  const isDenied = missingToken === 'Deny' && !isAdmitted(ready);
  const fate = isDenied ? 'are denied' : 'start without the token';
  return `The API server does not reach the webhook at present: pods created now ${fate} (enforce.missingToken: ${missingToken}).`;
}
