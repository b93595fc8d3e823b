import { type Json, isObject, readList } from '../core/json.ts';
import { policySet } from '../core/policy/policy-set.ts';
import {
  type Registration,
  configurationName,
  entryName,
} from '../core/registration/mutating-webhook.ts';
import { type NamedPolicy, planRegistration } from '../core/registration/registration-plan.ts';
import { refusal } from '../core/registration/refusal.ts';
import type { RegistrationState } from '../core/status/policy-status.ts';
import type { KubeApi, KubeObject } from '../kube/api.ts';
import { resources } from '../kube/resources.ts';
import { attemptAll } from './attempt-all.ts';
import { driftOf } from './drift.ts';
import { type OwnedObjects, isPaused } from './owned-objects.ts';

/** What the registration is made of, and what there is of it. */
export interface RegistrationParts {
  readonly api: KubeApi;
  readonly owned: OwnedObjects;
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

/** Brings webhook configuration and ValidatingAdmissionPolicies in line with the policies. */
export async function keepRegistration(parts: RegistrationParts): Promise<RegistrationOutcome> {
  const states = new Map<string, RegistrationState>();
  const tell = (state: RegistrationState, names: Iterable<string>) => {
    for (const name of names) states.set(name, state);
  };
  const all = parts.policies.map(({ name }) => name);
  try {
    const { tooMany, paused } = await keepConfiguration(parts);
    tell({ state: 'registered' }, all);
    tell({ state: 'paused' }, paused);
    tell({ state: 'too-many' }, tooMany);
  } catch (error) {
    const failure = toError(error);
    tell({ state: 'failed', problem: failure.message }, all);
    return { states, failure };
  }
  try {
    await keepRefusals(parts, (name, { message }) =>
      tell({ state: 'failed', problem: message }, [name]),
    );
    return { states };
  } catch (error) {
    return { states, failure: toError(error) };
  }
}

async function keepConfiguration({
  api,
  owned,
  policies,
  registration,
  configuration: live,
}: RegistrationParts): Promise<{ tooMany: readonly string[]; paused: string[] }> {
  const plan = planRegistration(policies, readList(live?.['webhooks']), registration);
  const written = await owned.ensure(
    resources.mutatingWebhookConfigurations,
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: { name: configurationName },
      webhooks: plan.webhooks,
    },
    live,
  );
  if (!isPaused(written)) {
    await dropStaleEntries(api, written, plan.webhooks);
    return { tooMany: plan.tooMany, paused: [] };
  }
  const entries = readList(written['webhooks']).filter(isObject);
  const differs = ({ name }: NamedPolicy) => {
    const isEntry = (entry: Json) => entry['name'] === entryName(name);
    const wanted = plan.webhooks.find(isEntry);
    return wanted !== undefined && driftOf(entries.find(isEntry), wanted) === 'changed';
  };
  return { tooMany: plan.tooMany, paused: policies.filter(differs).map(({ name }) => name) };
}

/** Takes out entries of ours that nobody wants and that server-side apply leaves, since somebody else wrote them. */
async function dropStaleEntries(
  api: KubeApi,
  live: KubeObject,
  wanted: readonly { readonly name: string }[],
): Promise<void> {
  const names = new Set(wanted.map(({ name }) => name));
  const webhooks = readList(live['webhooks']).filter(isObject);
  const isStale = ({ name }: Json) =>
    typeof name === 'string' && name.endsWith(entryName('')) && !names.has(name);
  if (!webhooks.some(isStale)) return;
  await api.replace(resources.mutatingWebhookConfigurations, {
    ...live,
    webhooks: webhooks.filter((entry) => !isStale(entry)),
  });
}

async function keepRefusals(
  { api, owned, policies, registration, validatingPolicies, bindings }: RegistrationParts,
  onFailure: (policyName: string, error: Error) => void,
): Promise<void> {
  const set = policySet(policies.flatMap(({ policy }) => policy ?? []));
  const kinds = [
    { resource: resources.validatingAdmissionPolicies, live: validatingPolicies },
    { resource: resources.validatingAdmissionPolicyBindings, live: bindings },
  ];
  // What belongs to a policy that does not parse stays as it is.
  const kept = new Set(
    policies.filter(({ policy }) => !policy).map(({ name }) => refusalName(name)),
  );
  await attemptAll(set.policies, async (policy) => {
    try {
      for (const object of refusal(policy, set, registration.ownNamespace)) {
        const { name } = object.metadata;
        kept.add(name);
        const { resource, live } = kinds.find(({ resource: { kind } }) => kind === object.kind)!;
        await owned.ensure(
          resource,
          object,
          live.find(({ metadata }) => metadata.name === name),
        );
      }
    } catch (error) {
      onFailure(policy.name, toError(error));
      throw error;
    }
  });
  // The binding first: without it the policy does nothing.
  for (const { resource, live } of kinds.toReversed()) {
    const isStale = (object: KubeObject) =>
      object.metadata.name.startsWith(refusalName('')) &&
      !kept.has(object.metadata.name) &&
      !isPaused(object);
    await attemptAll(live.filter(isStale), ({ metadata }) => api.delete(resource, metadata.name));
  }
}

function refusalName(policyName: string): string {
  return `token-injector-${policyName}`;
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error('unknown');
}
