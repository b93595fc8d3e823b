import { configurationName, entryName, mutatePath, ourLabels } from '../identity.ts';
import type { Policy } from '../policy/compile-policy.ts';
import type { PolicySet } from '../policy/policy-set.ts';
import { encodeCaBundle } from './ca-bundle.ts';
import { podRule } from './pod-rule.ts';
import { matchConditions } from './webhook-match-conditions.ts';
import { effectiveSelectors } from './selectors.ts';

/** Where the API server reaches the webhook: a Service of the cluster, or an https URL without a path. */
export type WebhookAddress =
  | {
      readonly service: {
        readonly namespace: string;
        readonly name: string;
        readonly port?: number;
      };
    }
  | { readonly url: string };

/** What the registration has to know beyond the policies. */
export interface Registration {
  readonly address: WebhookAddress;
  /** CA certificates, each PEM; absent where the API server trusts the webhook's CA anyway. */
  readonly cas?: readonly string[];
  /** The namespace of token-injector itself, always left out. */
  readonly ownNamespace: string;
  /** How long the API server waits for the webhook. */
  readonly timeoutSeconds: number;
  /** Of the MutatingWebhookConfiguration. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** How many policies have an entry; by their size it may be fewer. */
export const maxPolicies = 300;

/** The MutatingWebhookConfiguration (plain JSON): one entry a policy, in the order of their names. */
export function mutatingWebhookConfiguration({ policies }: PolicySet, registration: Registration) {
  return configurationWith(
    policies.map((policy) => webhookEntry(policy, registration)),
    registration,
  );
}

/** The same with any entries. */
export function configurationWith<Entry>(
  webhooks: readonly Entry[],
  { annotations = {} }: Pick<Registration, 'annotations'>,
) {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: {
      name: configurationName,
      labels: ourLabels,
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    webhooks,
  };
}

/** The entry (plain JSON) that has the API server ask about the pods of one policy. */
export function webhookEntry(policy: Policy, registration: Registration) {
  return {
    name: entryName(policy.name),
    clientConfig: clientConfig(policy.name, registration),
    rules: [
      podRule('CREATE', 'pods'),
      ...(policy.spec.match.ephemeralContainers
        ? [podRule('UPDATE', 'pods/ephemeralcontainers')]
        : []),
    ],
    ...effectiveSelectors(policy, registration.ownNamespace),
    matchConditions: matchConditions(policy),
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    reinvocationPolicy: 'IfNeeded',
    matchPolicy: 'Equivalent',
    timeoutSeconds: registration.timeoutSeconds,
    // No answer of ours, or none at all, stops a pod: a policy that must not be missed sets enforce.missingToken.
    failurePolicy: 'Ignore',
  };
}

/** Where the API server sends what concerns a policy, and what it trusts there. */
export function clientConfig(policyName: string, { address, cas }: Registration) {
  const path = mutatePath(policyName);
  const bundle = cas && { caBundle: encodeCaBundle(cas) };
  return 'url' in address
    ? { url: `${address.url.replace(/\/$/, '')}${path}`, ...bundle }
    : { service: { port: 443, ...address.service, path }, ...bundle };
}
