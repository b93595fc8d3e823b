import { ourLabelSelector, configurationName } from '../../core/identity.ts';
import type { WebhookAddress } from '../../core/registration/mutating-webhook.ts';
import type { ParsedPolicy } from '../../core/policy/parse-policy.ts';
import { deniesMissingToken } from '../../core/registration/validating-admission-policy.ts';
import type { RegistrationState } from '../../core/status/policy-status.ts';
import type { KubeApi } from '../../kube/client/api.ts';
import { resources } from '../../kube/client/resources.ts';
import type { Cache } from '../manager/cache.ts';
import type { Clock } from '../manager/clock.ts';
import type { Controller } from '../manager/controller.ts';
import type { Published, Topic } from '../manager/source.ts';
import { type OwnedObjects, createOwnedObjects } from '../ownership/apply-and-prune.ts';
import { type OwnerRoles, watchOwnerRoles } from '../ownership/owner-roles.ts';
import type { CachedPolicies } from '../cluster/policies.ts';
import type { RegisteredConfiguration } from '../cluster/registered-configuration.ts';
import type { TrustedCas } from '../cluster/trusted-cas.ts';
import { reconcileRegistration } from './reconcile-registration.ts';

/** What the registration is made of. */
export interface RegistrationControllerOptions {
  readonly api: KubeApi;
  readonly cache: Cache;
  readonly clock: Clock;
  readonly namespace: string;
  readonly address: WebhookAddress;
  /** How long the API server waits for the webhook. */
  readonly timeoutSeconds: number;
  /** Of the MutatingWebhookConfiguration. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly owned: OwnedObjects;
  readonly owners: OwnerRoles;
  /** The policies whose pods it may have denied, each with the ClusterRole that gives the right to that and owns what it writes for it. */
  readonly missingTokenPolicies: ReadonlyMap<string, string>;
  readonly policies: CachedPolicies;
  readonly configuration: RegisteredConfiguration;
  readonly trustedCas: Published<TrustedCas>;
  /** By policy; one that is not in it has not been looked at yet. */
  readonly states: Topic<ReadonlyMap<string, RegistrationState>>;
  /** Receives how many policies are registered, and how many there are. */
  readonly onPolicies: (ready: number, all: number) => void;
  /** Receives the ClusterRole of another release that has the registration, if one has. */
  readonly onOtherRelease: (clusterRole: string | undefined) => void;
  /** Receives the policies to whose selectors somebody else adds requirements. */
  readonly onSelectorsNarrowed: (policies: readonly string[]) => void;
  /** Receives the names in `missingTokenPolicies` that no policy has, or one that denies no pod. */
  readonly onUnusedMissingTokenPolicies: (names: readonly string[]) => void;
}

/** Reconciles the webhook configuration and the ValidatingAdmissionPolicies with policies and CAs. */
export function createRegistrationController(options: RegistrationControllerOptions): Controller {
  const { policies, configuration, owners, trustedCas, states } = options;
  const validating = watchValidatingAdmissionPolicies(options);
  const needed = [policies, configuration, ...owners.watched];
  const publish = (found: ReadonlyMap<string, RegistrationState>) => {
    states.publish(found);
    const parsed = policies.parsed();
    const ready = [...parsed].filter(
      ([name, { ok }]) => ok && found.get(name)?.state === 'registered',
    );
    options.onPolicies(ready.length, parsed.size);
  };
  return {
    name: 'registration',
    watches: [...needed, ...validating.watched, trustedCas],
    keys: () => [configurationName],
    // A ValidatingAdmissionPolicy that is not known yet is read before it is written; but before that was tried, the
    // entry of a policy that is gone could be deleted before it.
    whenReady: Promise.all([
      ...needed.map(({ whenSynced }) => whenSynced),
      ...validating.watched.map(({ whenTried }) => whenTried),
    ]),
    async reconcile() {
      const other = configuration.otherRelease();
      options.onOtherRelease(other);
      if (other !== undefined) {
        // Its controller writes the statuses: two who do would never agree.
        publish(new Map());
        return undefined;
      }
      const named = [...policies.parsed()].map(([name, parsed]) => ({
        name,
        policy: parsed.ok ? parsed.policy : undefined,
      }));
      options.onUnusedMissingTokenPolicies(
        unusedMissingTokenPolicies(options.missingTokenPolicies.keys(), policies.parsed()),
      );
      const { cas, problem } = trustedCas.current;
      if (cas) {
        const { namespace, address, timeoutSeconds, annotations, owned } = options;
        const outcome = await reconcileRegistration({
          owned,
          missingTokenPolicies: validating.owned,
          policies: named,
          registration: {
            address,
            cas,
            ownNamespace: namespace,
            timeoutSeconds,
            annotations,
          },
          configuration: configuration.object(),
          validatingPolicies: validating.policies?.items() ?? [],
          bindings: validating.bindings?.items() ?? [],
        });
        publish(outcome.states);
        options.onSelectorsNarrowed(narrowedIn(outcome.states));
        if (outcome.failure) throw outcome.failure;
      } else if (problem !== undefined) {
        publish(new Map(named.map(({ name }) => [name, { state: 'failed', problem }])));
      }
      return undefined;
    },
  };
}

/** One that does not parse may deny pods since before it was edited. */
function unusedMissingTokenPolicies(
  names: Iterable<string>,
  parsed: ReadonlyMap<string, ParsedPolicy>,
): readonly string[] {
  return [...names].filter((name) => {
    const found = parsed.get(name);
    return !found || (found.ok && !deniesMissingToken(found.policy));
  });
}

function narrowedIn(states: ReadonlyMap<string, RegistrationState>): readonly string[] {
  return [...states].flatMap(([name, state]) =>
    state.state === 'registered' && state.addedRequirements ? [name] : [],
  );
}

const ours = { labelSelector: ourLabelSelector };

/** Without a right to them, ValidatingAdmissionPolicies are nothing to us and not watched. */
function watchValidatingAdmissionPolicies(options: RegistrationControllerOptions) {
  const { api, cache, clock, owners: usual, missingTokenPolicies } = options;
  if (missingTokenPolicies.size === 0)
    return { owned: new Map<string, OwnedObjects>(), watched: [] };
  const policies = cache.watch(resources.validatingAdmissionPolicies, ours);
  const bindings = cache.watch(resources.validatingAdmissionPolicyBindings, ours);
  const roles = new Map(
    [...new Set(missingTokenPolicies.values())].map((role) => [
      role,
      watchOwnerRoles(cache, [role]),
    ]),
  );
  const owned = new Map(
    [...missingTokenPolicies].map(([policy, role]) => {
      // One from before the right had a role of its own is owned by the others.
      const names = [...usual.names, role];
      const owners = () => roles.get(role)!.references();
      return [policy, createOwnedObjects({ api, names, owners, now: () => clock.now() })];
    }),
  );
  const watched = [policies, bindings, ...[...roles.values()].flatMap((role) => role.watched)];
  return { policies, bindings, owned, watched };
}
