import type { ConditionState } from '../core/status/conditions.ts';
import type { RegistrationState } from '../core/status/policy-status.ts';
import type { KubeApi } from '../kube/client/api.ts';
import { createCertificatesController } from './certificates/certificates-controller.ts';
import type { AgentPods } from './cluster/agent-pods.ts';
import { watchLivePods } from './cluster/live-pods.ts';
import { watchNamespaces } from './cluster/namespaces.ts';
import type { Deliveries } from '../core/delivery/policy-delivery.ts';
import { watchSecrets } from './cluster/observed-secrets.ts';
import { followOperatorObjects } from './cluster/operator-objects.ts';
import { watchPolicies } from './cluster/policies.ts';
import { watchConfiguration } from './cluster/registered-configuration.ts';
import type { TrustedCas } from './cluster/trusted-cas.ts';
import type { ControllerOptions } from './controller-options.ts';
import { createCrdController } from './crd/crd-controller.ts';
import { createDeliveryController } from './delivery/delivery-controller.ts';
import { createEventsController } from './events/events-controller.ts';
import { createLeaseController } from './lease/lease-controller.ts';
import type { Cache } from './manager/cache.ts';
import type { Controller } from './manager/controller.ts';
import { type Source, createTopic } from './manager/source.ts';
import { createOwnedObjects } from './ownership/apply-and-prune.ts';
import { unlessOtherRelease } from './cluster/one-release.ts';
import { watchOwnerRoles } from './ownership/owner-roles.ts';
import { createPodsController } from './pods/pods-controller.ts';
import { createProbeController } from './probe/probe-controller.ts';
import { createRegistrationController } from './registration/registration-controller.ts';
import { createSecretsController } from './secrets/secrets-controller.ts';
import { createStatusController } from './status/status-controller.ts';

/** The names of all controllers, as `--controllers` takes them. */
export const controllerNames = [
  'certificates',
  'crd',
  'delivery',
  'events',
  'lease',
  'pods',
  'probe',
  'registration',
  'secrets',
  'status',
] as const;

/** The controllers that only run where they are named: those of a process that may read tokens. */
export const controllersOffByDefault: readonly (typeof controllerNames)[number][] = [
  'delivery',
  'secrets',
];

/** What the controllers of one process share. */
export interface Shared {
  readonly api: KubeApi;
  readonly cache: Cache;
  /** Changes where a kind is found not to be served. */
  readonly kindsNotServed: Source;
}

/** Creates the chosen controllers and the topics between them; what none of them reads is not watched. */
export function createControllers(
  options: ControllerOptions,
  { api, cache, kindsNotServed }: Shared,
): readonly Controller[] {
  const { clock, namespace, timeoutSeconds, observer } = options;
  const owners = once(() => watchOwnerRoles(cache, options.owners));
  const owned = once(() =>
    createOwnedObjects({
      api,
      names: owners().names,
      owners: () => owners().references(),
      now: () => clock.now(),
    }),
  );
  const ownership = () => ({ owned: owned(), owners: owners() });
  const policies = once(() => watchPolicies(cache, options.excludedNamespaces));
  const configuration = once(() => watchConfiguration(cache, owners()));
  const namespaces = once(() => watchNamespaces(cache));
  const livePods = once(() =>
    watchLivePods(cache, { namespace, namespaces: namespaces(), policies: policies() }),
  );

  const forOneRelease = (controller: Controller) =>
    unlessOtherRelease(controller, configuration(), (role) => observer.otherRelease(role));

  const secrets = once(() => watchSecrets(cache, options.secretNames, options.digest));

  const operatorObjects = once(() => followOperatorObjects(cache));

  const deliveries = createTopic<Deliveries>(new Map());
  const trustedCas = createTopic<TrustedCas>({}, isSameJson);
  const states = createTopic<ReadonlyMap<string, RegistrationState>>(new Map(), (one, other) =>
    isSameJson([...one], [...other]),
  );
  const reachable = createTopic<ConditionState | undefined>(undefined, isSameJson);
  const agentPods = createTopic<AgentPods | undefined>(undefined);

  const makers: Record<(typeof controllerNames)[number], () => Controller> = {
    certificates: () =>
      createCertificatesController({
        ...ownership(),
        api,
        cache,
        clock,
        namespace,
        source: options.certificates,
        configuration: configuration(),
        trustedCas,
        onState: (state) => observer.certificates(state),
      }),
    crd: () =>
      createCrdController({
        api,
        clock,
        owners: owners(),
        kindsNotServed,
        onUpdated: () => observer.definitionUpdated(),
      }),
    delivery: () =>
      createDeliveryController({
        api,
        namespace,
        policies: policies(),
        namespaces: namespaces(),
        secrets: secrets(),
        operatorObjects: operatorObjects(),
        digest: options.digest,
        deliveries,
        onDelivery: (outcome) => observer.delivery(outcome),
      }),
    events: () => createEventsController({ api, clock, agentPods }),
    lease: () => createLeaseController({ ...ownership(), api, namespace, name: options.lease }),
    pods: () =>
      createPodsController({
        timeoutSeconds,
        livePods: livePods(),
        states,
        agentPods,
        onOverlaps: (names) => observer.overlaps(names),
        onTallies: (tallies) => observer.agentPods(tallies),
      }),
    probe: () =>
      createProbeController({
        api,
        clock,
        namespace,
        name: options.probe.name,
        periodMs: options.probe.periodMs,
        timeoutSeconds,
        reachable,
        onProbed: (state) => observer.reachable(state),
      }),
    registration: () =>
      createRegistrationController({
        ...ownership(),
        api,
        cache,
        clock,
        namespace,
        address: options.address,
        timeoutSeconds,
        annotations: options.configurationAnnotations,
        missingTokenPolicies: options.missingTokenPolicies,
        policies: policies(),
        configuration: configuration(),
        trustedCas,
        states,
        onPolicies: (ready, all) => observer.policies(ready, all),
        onOtherRelease: (clusterRole) => observer.otherRelease(clusterRole),
        onSelectorsNarrowed: (names) => observer.selectorsNarrowed(names),
        onUnusedMissingTokenPolicies: (names) => observer.unusedMissingTokenPolicies(names),
      }),
    secrets: () =>
      forOneRelease(
        createSecretsController({
          api,
          clock,
          policies: policies(),
          livePods: livePods(),
          secrets: secrets(),
          deliveries,
          operatorObjects: operatorObjects(),
          onReports: (reports) => observer.secrets(reports),
        }),
      ),
    status: () =>
      createStatusController({
        api,
        clock,
        timeoutSeconds,
        hasSecretsController: options.hasSecretsController,
        policies: policies(),
        states,
        reachable,
        agentPods,
      }),
  };
  return controllerNames
    .filter((name) => options.controllers.has(name))
    .map((name) => makers[name]());
}

/** What several may ask for, made when the first one does. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function isSameJson(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
