import { entryName, validatingAdmissionPolicyName } from '../../core/identity.ts';
import { type Json, isObject, readList } from '../../core/json.ts';
import type { Policy } from '../../core/policy/policy.ts';
import { policySet } from '../../core/policy/policy-set.ts';
import { type Registration, configurationWith } from '../../core/registration/mutating-webhook.ts';
import {
  type AddedRequirements,
  findAddedRequirements,
} from '../../core/registration/added-requirements.ts';
import {
  type NamedPolicy,
  type RegistrationPlan,
  planRegistration,
} from '../../core/registration/registration-plan.ts';
import {
  deniesMissingToken,
  validatingAdmissionPolicy,
} from '../../core/registration/validating-admission-policy.ts';
import { effectiveSelectors } from '../../core/registration/selectors.ts';
import type { RegistrationState } from '../../core/status/policy-status.ts';
import type { KubeObject } from '../../kube/client/api.ts';
import { resources } from '../../kube/client/resources.ts';
import { attemptAll } from './attempt-all.ts';
import { driftOf } from '../ownership/drift.ts';
import type { Ensured, OwnedObjects } from '../ownership/owned-objects.ts';

/** What the registration is made of, and what there is of it. */
export interface RegistrationInput {
  readonly owned: OwnedObjects;
  /** By the policies that may have one. */
  readonly missingTokenPolicies: ReadonlyMap<string, OwnedObjects>;
  readonly policies: readonly NamedPolicy[];
  readonly registration: Registration;
  readonly configuration: KubeObject | undefined;
  readonly validatingPolicies: readonly KubeObject[];
  readonly bindings: readonly KubeObject[];
}

/** What became of each policy, and the first thing that failed. */
export interface RegistrationOutcome {
  readonly states: ReadonlyMap<string, RegistrationState>;
  readonly failure?: Error;
}

/**
 * Brings webhook configuration and ValidatingAdmissionPolicies in line with the policies. A ValidatingAdmissionPolicy
 * is created after the entry that gives pods their token, and deleted before it, and one object that cannot be written holds up no other.
 */
export async function reconcileRegistration(
  parts: RegistrationInput,
): Promise<RegistrationOutcome> {
  const states = new Map<string, RegistrationState>();
  const failures: Error[] = [];
  const attempt = async (names: readonly string[], work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      const failure = error instanceof Error ? error : new Error('unknown');
      failures.push(failure);
      for (const name of names) states.set(name, { state: 'failed', problem: failure.message });
    }
  };
  const { policies, registration, configuration } = parts;
  const plan = planRegistration(policies, readList(configuration?.['webhooks']), registration);
  const all = policies.map(({ name }) => name);
  const set = policySet(policies.flatMap(({ policy }) => policy ?? []));
  const denying = set.policies.filter(
    (policy) => deniesMissingToken(policy) && !plan.tooMany.has(policy.name),
  );

  await attempt([], () => pruneValidatingAdmissionPolicies(parts, denying));
  let live = configuration;
  await attempt(all, async () => {
    for (const name of all) states.set(name, { state: 'registered' });
    for (const [name, excess] of plan.tooMany) states.set(name, { state: 'too-many', excess });
    const { object, isPaused } = await applyConfiguration(parts, plan);
    live = object;
    if (isPaused) for (const name of unlike(object, plan)) states.set(name, { state: 'paused' });
  });
  const entries = entriesOf(live);
  const added = addedRequirementsOf(set.policies, entries, registration);
  for (const [name, addedRequirements] of added)
    if (states.get(name)?.state === 'registered')
      states.set(name, { state: 'registered', addedRequirements });
  for (const policy of denying) {
    const { name } = policy;
    // Its pods would be denied for want of what nobody gives them.
    if (!entries.has(entryName(name))) continue;
    const owned = parts.missingTokenPolicies.get(name);
    if (!owned) {
      if (states.get(name)?.state === 'registered')
        states.set(name, { state: 'denial-not-permitted' });
      continue;
    }
    const objects = validatingAdmissionPolicy(
      policy,
      set,
      registration.ownNamespace,
      added.get(name),
    );
    await attempt([name], async () => {
      if (await applyValidatingAdmissionPolicy(parts, owned, objects))
        states.set(name, { state: 'paused' });
    });
  }
  const [failure] = failures;
  return failure ? { states, failure } : { states };
}

function applyConfiguration(
  { owned, configuration }: RegistrationInput,
  { webhooks }: RegistrationPlan,
): Promise<Ensured> {
  return owned.ensure(
    resources.mutatingWebhookConfigurations,
    configurationWith(webhooks),
    configuration,
  );
}

function entriesOf(configuration: KubeObject | undefined): ReadonlyMap<unknown, Json> {
  const entries = readList(configuration?.['webhooks']).filter(isObject);
  return new Map(entries.map((entry) => [entry['name'], entry]));
}

/** The policies whose entry is not as planned. */
function unlike(configuration: KubeObject, { webhooks }: RegistrationPlan): string[] {
  const entries = entriesOf(configuration);
  return webhooks
    .filter((wanted) => driftOf(entries.get(wanted.name) ?? {}, wanted) !== 'none')
    .map(({ name }) => name.slice(0, -entryName('').length));
}

/** What others have added to the selectors of the policies' entries. */
function addedRequirementsOf(
  policies: readonly Policy[],
  entries: ReadonlyMap<unknown, Json>,
  { ownNamespace }: Registration,
): ReadonlyMap<string, AddedRequirements> {
  return new Map(
    policies.flatMap((policy) => {
      const wanted = effectiveSelectors(policy, ownNamespace);
      const added = findAddedRequirements(entries.get(entryName(policy.name)), wanted);
      return added ? [[policy.name, added] as const] : [];
    }),
  );
}

/** Tells whether one of the objects is not as it should be and was left so. */
async function applyValidatingAdmissionPolicy(
  parts: RegistrationInput,
  owned: OwnedObjects,
  objects: ReturnType<typeof validatingAdmissionPolicy>,
): Promise<boolean> {
  let isLeft = false;
  for (const object of objects) {
    const { resource, live } = kindsOf(parts).find(
      ({ resource: { kind } }) => kind === object.kind,
    )!;
    const found = live.find(({ metadata }) => metadata.name === object.metadata.name);
    const { isPaused } = await owned.ensure(resource, object, found);
    isLeft ||= isPaused;
  }
  return isLeft;
}

/** Deletes what no policy wants any more and we may; what belongs to one that does not parse stays as it is. */
async function pruneValidatingAdmissionPolicies(
  parts: RegistrationInput,
  denying: readonly Policy[],
): Promise<void> {
  const kept = new Set([
    ...parts.policies
      .filter(({ policy }) => !policy)
      .map(({ name }) => validatingAdmissionPolicyName(name)),
    ...denying.map(({ name }) => validatingAdmissionPolicyName(name)),
  ]);
  // The binding first: without it the policy does nothing.
  for (const { resource, live } of kindsOf(parts).toReversed()) {
    const stale = [...parts.missingTokenPolicies].flatMap(([policy, owned]) => {
      const name = validatingAdmissionPolicyName(policy);
      const object = kept.has(name)
        ? undefined
        : live.find(({ metadata }) => metadata.name === name);
      return object ? [{ object, owned }] : [];
    });
    await attemptAll(stale, ({ object, owned }) => owned.prune(resource, object));
  }
}

function kindsOf({ validatingPolicies, bindings }: RegistrationInput) {
  return [
    { resource: resources.validatingAdmissionPolicies, live: validatingPolicies },
    { resource: resources.validatingAdmissionPolicyBindings, live: bindings },
  ];
}
