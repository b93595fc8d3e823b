import { type MatchContext, namespaceMismatch } from '../policy/match.ts';
import type { Policy } from '../policy/compile-policy.ts';
import type { TokenPolicySpec } from '../policy/schema.ts';

/** What a policy delivers, and from where. */
export interface Delivery {
  readonly policy: Policy;
  /** Name of the Secret in each namespace that gets it. */
  readonly name: string;
  readonly source: TokenPolicySpec['secret']['source'] & {
    readonly name: string;
    readonly namespace: string;
  };
  readonly template: TokenPolicySpec['secret']['template'];
}

/** What a policy delivers; undefined where its Secrets come to be in another way. */
export function deliveryOf(policy: Policy): Delivery | undefined {
  const { name, source, template } = policy.spec.secret;
  const { namespace } = source;
  if (namespace === undefined) return undefined;
  return { policy, name, source: { ...source, name: source.name ?? name, namespace }, template };
}

/** Whether a namespace gets the Secret: one that the policy selects, and that is not where it comes from. */
export function deliversTo(
  { policy, name, source }: Delivery,
  homeName: string,
  context: MatchContext,
): boolean {
  const isHome = context.namespace === source.namespace && name === homeName;
  return !isHome && namespaceMismatch(policy, context) === undefined;
}
