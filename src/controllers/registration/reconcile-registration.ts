import { entryName, validatingAdmissionPolicyName } from '../../core/identity.ts';
import { type Json, isObject, readList } from '../../core/json.ts';
import type { Policy } from '../../core/policy/compile-policy.ts';
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
import { driftOf } from '../ownership/drift.ts';
import type { Ensured, OwnedObjects } from '../ownership/apply-and-prune.ts';

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
 * is created after the entry that gives its pods their token, and deleted before it; an object that cannot be written
 * holds up no other.
 */
export async function reconcileRegistration(
  input: RegistrationInput,
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
  const { policies, registration, configuration } = input;
  const plan = planRegistration(policies, readList(configuration?.['webhooks']), registration);
  const all = policies.map(({ name }) => name);
  const set = policySet(policies.flatMap(({ policy }) => policy ?? []));
  const denying = set.policies.filter(
    (policy) => deniesMissingToken(policy) && !plan.tooMany.has(policy.name),
  );

  for (const { resource, object, owner } of staleObjects(input, denying))
    await attempt([], () => owner.prune(resource, object));
  let live = configuration;
  await attempt(all, async () => {
    for (const name of all) states.set(name, { state: 'registered' });
    for (const [name, excess] of plan.tooMany) states.set(name, { state: 'too-many', excess });
    const { object, isPaused } = await applyConfiguration(input, plan);
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
    const owned = input.missingTokenPolicies.get(name);
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
      if (await applyValidatingAdmissionPolicy(input, owned, objects))
        states.set(name, { state: 'paused' });
    });
  }
  const [failure] = failures;
  return failure ? { states, failure } : { states };
}

function applyConfiguration(
  { owned, configuration, registration }: RegistrationInput,
  { webhooks }: RegistrationPlan,
): Promise<Ensured> {
  return owned.ensure(
    resources.mutatingWebhookConfigurations,
    configurationWith(webhooks, registration),
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
  input: RegistrationInput,
  owned: OwnedObjects,
  objects: ReturnType<typeof validatingAdmissionPolicy>,
): Promise<boolean> {
  let isLeft = false;
  for (const object of objects) {
    const { resource, live } = kindsOf(input).find(
      ({ resource: { kind } }) => kind === object.kind,
    )!;
    const found = live.find(({ metadata }) => metadata.name === object.metadata.name);
    const { isPaused } = await owned.ensure(resource, object, found);
    isLeft ||= isPaused;
  }
  return isLeft;
}

/** What no policy needs any more and we may delete; what belongs to one that does not parse stays as it is. */
function staleObjects(input: RegistrationInput, denying: readonly Policy[]) {
  const invalid = input.policies.filter(({ policy }) => !policy);
  const needed = new Set([...invalid, ...denying].map(({ name }) => name));
  const stale = [...input.missingTokenPolicies].filter(([policy]) => !needed.has(policy));
  // The bindings first: without them the policies do nothing.
  return kindsOf(input)
    .toReversed()
    .flatMap(({ resource, live }) =>
      stale.flatMap(([policy, owner]) => {
        const name = validatingAdmissionPolicyName(policy);
        const object = live.find(({ metadata }) => metadata.name === name);
        return object ? [{ resource, object, owner }] : [];
      }),
    );
}

function kindsOf({ validatingPolicies, bindings }: RegistrationInput) {
  return [
    { resource: resources.validatingAdmissionPolicies, live: validatingPolicies },
    { resource: resources.validatingAdmissionPolicyBindings, live: bindings },
  ];
}
