import { type Json, isObject, readList } from '../core/json.ts';
import { selectorKeys } from '../core/policy/label-selector.ts';
import type { ParsedPolicy } from '../core/policy/parse-policy.ts';
import { entryName } from '../core/registration/mutating-webhook.ts';
import { overlapsOf } from '../core/registration/overlap.ts';
import { probeName } from '../core/registration/probe.ts';
import type { Finding } from '../core/status/conditions.ts';
import type { RegistrationState } from '../core/status/policy-status.ts';
import type { KubeApi, KubeObject } from '../kube/api.ts';
import { resources } from '../kube/resources.ts';
import type { CertificateState } from './certificate-state.ts';
import type { ControllerOptions } from './controller-options.ts';
import { otherRelease } from './foreign-owner.ts';
import { keepRegistration } from './keep-registration.ts';
import type { ObservedCluster, Part } from './observe-cluster.ts';
import type { OwnedObjects } from './owned-objects.ts';
import { probeWebhook } from './probe-webhook.ts';
import { reportStatus } from './report-status.ts';

const firstProbeRetry = 1_000;

/** What the parts tell each other. */
export interface Shared {
  readonly api: KubeApi;
  readonly cluster: ObservedCluster;
  readonly policies: () => ReadonlyMap<string, ParsedPolicy>;
  readonly owned: OwnedObjects;
  /** By the policies that may have one, each with an owner of its own. */
  readonly refusals: ReadonlyMap<string, OwnedObjects>;
  readonly wake: (...parts: readonly Part[]) => void;
  certificates?: CertificateState;
  /** Why there are no certificates yet. */
  certificateProblem?: string;
  /** By policy; a policy that is not in it has not been looked at yet. */
  states: ReadonlyMap<string, RegistrationState>;
  /** Absent until it was tried. */
  reachable?: Finding;
  /** Probes in a row without an answer. */
  unanswered: number;
}

/** Has the Lease, which its holder made, go with everything else of ours. */
export async function reconcileLease(
  { namespace, lease: name }: ControllerOptions,
  { api, owned }: Shared,
): Promise<undefined> {
  const live = await api.get(resources.leases, name, namespace);
  if (!live || owned.isOurs(live)) return;
  await api.apply(resources.leases, { metadata: { name, namespace, ...owned.metadata(live) } });
}

/** Keeps the certificates right; has the registration follow where what is trusted changes. */
export async function reconcileCertificates(
  { certificates, clock, report, owners }: ControllerOptions,
  shared: Shared,
): Promise<Date | undefined> {
  const { api, owned, cluster, wake } = shared;
  const live = cluster.configuration();
  const isOurs = live !== undefined && otherRelease(live, owners) === undefined;
  const registered = registeredBundle(isOurs ? live : undefined);
  try {
    const found = await certificates.keep({ api, owned, clock, registered });
    const isNew = found.bundle !== shared.certificates?.bundle;
    shared.certificates = found;
    if (isNew) wake('registration');
    report.certificates(found);
    if (found.problem) throw found.problem;
    return found.next;
  } catch (error) {
    shared.certificateProblem = error instanceof Error ? error.message : 'unknown';
    if (!shared.certificates) wake('registration');
    throw error;
  }
}

/** Keeps the registration in line with policies and certificates. */
export async function reconcileRegistration(
  { address, timeoutSeconds, namespace, owners, report }: ControllerOptions,
  shared: Shared,
): Promise<undefined> {
  const { owned, refusals, cluster, certificates, certificateProblem } = shared;
  const live = cluster.configuration();
  const other = live && otherRelease(live, owners);
  report.otherRelease(other);
  if (other !== undefined) {
    // Its controller writes the statuses: two who do would never agree.
    shared.states = new Map();
    return;
  }
  const policies = [...shared.policies()].map(([name, parsed]) => ({
    name,
    policy: parsed.ok ? parsed.policy : undefined,
  }));
  if (certificates) {
    const { states, failure } = await keepRegistration({
      owned,
      refusals,
      policies,
      registration: {
        address,
        caBundle: btoa(certificates.bundle),
        caGrowth: growthOf(certificates.bundle),
        ownNamespace: namespace,
        timeoutSeconds,
      },
      configuration: live,
      validatingPolicies: cluster.validatingPolicies(),
      bindings: cluster.bindings(),
    });
    shared.states = states;
    shared.wake('status');
    if (failure) throw failure;
  } else if (certificateProblem !== undefined) {
    const state = { state: 'failed', problem: certificateProblem } as const;
    shared.states = new Map(policies.map(({ name }) => [name, state]));
    shared.wake('status');
  }
}

/** A bundle of one CA gets another one as large while it is renewed. */
function growthOf(bundle: string): number {
  return bundle.split('-----BEGIN ').length === 2 ? bundle.length : 0;
}

/** Writes what is new about each policy that was looked at. */
export async function reconcileStatus(
  { namespace, timeoutSeconds, clock, report }: ControllerOptions,
  shared: Shared,
): Promise<undefined> {
  const { api, cluster, policies } = shared;
  // Or what is only not known yet would be written down as not permitted.
  await cluster.whenSettled;
  const { states, reachable } = shared;
  const parsed = policies();
  const ready = [...parsed].flatMap(([name, one]) =>
    one.ok && states.get(name)?.state === 'registered' ? [one.policy] : [],
  );
  report.policies(ready.length, parsed.size);
  const secrets = {
    pods: [...cluster.pods(podLabels(parsed))],
    namespaceLabels: (name: string) => cluster.namespaceLabels(name),
    knowsPods: cluster.knowsPods(),
    mayRead: (name: string) => cluster.mayReadSecrets(name),
    keys: (inNamespace: string, name: string) => cluster.secretKeys(inNamespace, name),
    ownNamespace: namespace,
  };
  const overlaps = overlapsOf(ready, secrets, timeoutSeconds);
  report.overlaps([...overlaps.keys()].toSorted());
  await reportStatus({
    api,
    policies: cluster.policies().flatMap((object) => {
      const { name } = object.metadata;
      const registration = states.get(name);
      return registration
        ? { object, registration, overlap: overlaps.get(name), parsed: parsed.get(name)! }
        : [];
    }),
    reachable,
    now: clock.now(),
    secrets,
    timeoutSeconds,
  });
}

/** The labels by which some policy selects pods. */
function podLabels(policies: ReadonlyMap<string, ParsedPolicy>): ReadonlySet<string> {
  const all = [...policies.values()].flatMap((parsed) => (parsed.ok ? [parsed.policy] : []));
  return new Set(all.flatMap(({ spec }) => selectorKeys(spec.match.podSelector)));
}

/** Tries the way from the API server to the webhook. */
export async function reconcileProbe(
  { namespace, probe, clock, report }: ControllerOptions,
  shared: Shared,
): Promise<Date> {
  const found = await probeWebhook(shared.api, { namespace, name: probe.name });
  const isNew = JSON.stringify(found) !== JSON.stringify(shared.reachable);
  shared.reachable = found;
  if (isNew) shared.wake('status');
  report.reachable(found);
  // Soon again while it fails, so that a start or a repair shows at once; then less and less often.
  shared.unanswered = found.status === 'True' ? 0 : shared.unanswered + 1;
  const pause =
    shared.unanswered === 0
      ? probe.milliseconds
      : Math.min(probe.milliseconds, firstProbeRetry * 2 ** shared.unanswered);
  return new Date(clock.now().getTime() + pause);
}

/** The CA certificates, PEM, that the API server is told of at this moment. */
function registeredBundle(configuration: KubeObject | undefined): string {
  const isProbe = (entry: Json) => entry['name'] === entryName(probeName);
  const probe = readList(configuration?.['webhooks']).filter(isObject).find(isProbe);
  const client = isObject(probe?.['clientConfig']) ? probe['clientConfig'] : {};
  return typeof client['caBundle'] === 'string' ? atob(client['caBundle']) : '';
}
