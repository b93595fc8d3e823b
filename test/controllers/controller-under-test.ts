import { createHash } from 'node:crypto';
import { onTestFinished } from 'vitest';
import {
  type CertificateSource,
  createSelfSignedSource,
} from '../../src/controllers/certificates/certificate-source.ts';
import type { ControllerObserver } from '../../src/controllers/controller-options.ts';
import { controllerNames } from '../../src/controllers/create-controllers.ts';
import { runController } from '../../src/controllers/run-controller.ts';
import type { KubeObject } from '../../src/kube/client/api.ts';
import { resources } from '../../src/kube/client/resources.ts';
import { type FakeApi, fakeApi } from '../kube/fake-api.ts';
import { type SimulatedClock, simulatedClock } from '../kube/simulated-clock.ts';

export const minute = 60_000;
export const day = 24 * 60 * minute;
/** When simulated time begins. */
const start = Date.parse('2026-01-01T00:00:00Z');
export const namespace = 'token-injector';

/** The settings of certificates by default. */
export const certificateSettings = {
  namespace,
  caSecret: 'token-injector-ca',
  tlsSecret: 'token-injector-tls',
  caDurationMs: 365 * day,
  certDurationMs: 90 * day,
  overlapMs: 10 * minute,
  names: ['token-injector-webhook.token-injector.svc'],
};

/** A controller that runs against a fake API server in simulated time. */
export interface RunningController {
  readonly api: FakeApi;
  readonly clock: SimulatedClock;
  /** What was reported, newest last. */
  readonly problems: string[];
  /** What was reported as deleted, by kind and name. */
  readonly deletions: string[];
  /** What was reported last. */
  readonly reported: {
    selectorsNarrowed: readonly string[];
    unusedMissingTokenPolicies: readonly string[];
    /** How many are registered, such as `1 of 2`. */
    policies: string;
    /** Of each policy, the reason of SecretReady and in how many namespaces there is a problem. */
    secrets: readonly string[];
  };
  /** The webhook configuration as it is now. */
  configuration(): KubeObject & { readonly webhooks: readonly Entry[] };
  policy(name: string): KubeObject & { readonly status?: Status };
  /** The names of the webhook configuration's entries. */
  entries(): string[];
  /** The names of the ValidatingAdmissionPolicies. */
  validating(): string[];
  /** Status, reason and message of a policy's condition Ready. */
  ready(name: string): readonly [status: string, reason: string, message: string];
  /** The time by the calendar. */
  now(): Date;
  /** Lets so much time pass. */
  pass(ms: number): Promise<void>;
  /** Lets seconds pass until `check` no longer throws; gives back what it returned. */
  until<T>(check: () => T): Promise<T>;
  /** Lets time pass until nothing is done any more, a minute of it at least. */
  rest(): Promise<void>;
  stop(): Promise<void>;
}

interface Entry {
  readonly name: string;
  readonly clientConfig: { readonly caBundle: string };
  readonly objectSelector?: object;
  readonly namespaceSelector?: object;
}
interface Status {
  readonly observedGeneration: number;
  readonly pods?: object;
  readonly conditions: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
    readonly message: string;
  }[];
  readonly namespaces: number;
  readonly problems: readonly object[];
  readonly moreProblems: number;
}

/** A ClusterRole that owns what the controller writes. */
export function clusterRole(name: string): KubeObject {
  const { apiVersion, kind } = resources.clusterRoles;
  return { apiVersion, kind, metadata: { name }, rules: [] };
}

/** A TokenPolicy for the pods with the label `agent: NAME`. */
export function tokenPolicy(name: string, spec: object = {}): KubeObject {
  const { apiVersion, kind } = resources.tokenPolicies;
  return {
    apiVersion,
    kind,
    metadata: { name },
    spec: {
      match: { podSelector: { matchLabels: { agent: name } } },
      secret: { name: `${name}-secret` },
      inject: { env: [{ name: 'TOKEN', key: 'token' }] },
      ...spec,
    },
  };
}

/** A part of a policy that has the API server refuse pods which missed their token. */
export const refuse = { enforce: { missingToken: 'Deny' } };

/** Keeps what a controller has problems with and what it deleted, and nothing else of what it reports. */
export function reportTo(problems: string[], deletions: string[] = []): ControllerObserver {
  return {
    problem: (part, error) =>
      void problems.push(`${part}: ${error instanceof Error ? error.message : 'works again'}`),
    certificates: () => undefined,
    reachable: () => undefined,
    policies: () => undefined,
    overlaps: () => undefined,
    agentPods: () => undefined,
    secrets: () => undefined,
    selectorsNarrowed: () => undefined,
    unusedMissingTokenPolicies: () => undefined,
    delivery: () => undefined,
    definitionUpdated: () => undefined,
    deleted: ({ kind, name }) => void deletions.push(`${kind} ${name}`),
    synced: () => undefined,
    otherRelease: (name) => void (name !== undefined && problems.push(`other release: ${name}`)),
  };
}

/** Starts a controller on a cluster that holds `objects` and the owner, until the end of the test. */
export function startController(
  objects: readonly KubeObject[] = [],
  options: {
    readonly secretNames?: readonly string[];
    /** All by default, those that are off by default too. */
    readonly controllers?: readonly string[];
    readonly hasSecretsController?: boolean;
    readonly excludedNamespaces?: readonly string[];
    readonly configurationAnnotations?: Readonly<Record<string, string>>;
    /** The policies whose pods may be refused; all that are there by default. */
    readonly missingTokenPolicies?: readonly string[];
    readonly certificates?: CertificateSource;
    readonly api?: FakeApi;
    readonly clock?: SimulatedClock;
  } = {},
): RunningController {
  const api = options.api ?? fakeApi([clusterRole('token-injector'), ...objects]);
  const clock = options.clock ?? simulatedClock();
  const all = api.all(resources.tokenPolicies).map(({ metadata }) => metadata.name);
  const missingTokenPolicies = options.missingTokenPolicies ?? all;
  const problems: string[] = [];
  const deletions: string[] = [];
  const reported: RunningController['reported'] = {
    selectorsNarrowed: [],
    unusedMissingTokenPolicies: [],
    policies: '',
    secrets: [],
  };
  const now = () => new Date(start + clock.monotonic());
  const stopping = new AbortController();
  const ended = runController(
    {
      api,
      clock: { now, delay: clock.delay },
      random: () => 0.5,
      namespace,
      address: { service: { namespace, name: 'token-injector-webhook', port: 443 } },
      timeoutSeconds: 1,
      excludedNamespaces: options.excludedNamespaces ?? [],
      configurationAnnotations: options.configurationAnnotations ?? {},
      owners: ['token-injector'],
      missingTokenPolicies: new Map(missingTokenPolicies.map((name) => [name, 'token-injector'])),
      lease: 'token-injector-controller',
      certificates: options.certificates ?? createSelfSignedSource(certificateSettings),
      controllers: new Set(options.controllers ?? controllerNames),
      hasSecretsController: options.hasSecretsController ?? true,
      secretNames: options.secretNames ?? [],
      digest: (value) => createHash('sha256').update(value).digest('base64'),
      probe: { name: 'token-injector-probe', periodMs: minute },
      observer: {
        ...reportTo(problems, deletions),
        policies: (ready, count) => void (reported.policies = `${ready} of ${count}`),
        secrets: (reports) =>
          void (reported.secrets = [...reports].map(([name, { status, namespacesByReason }]) =>
            [name, status.conditions[0].reason, ...namespacesByReason.values()].join(' '),
          )),
        selectorsNarrowed: (names) => void (reported.selectorsNarrowed = names),
        unusedMissingTokenPolicies: (names) => void (reported.unusedMissingTokenPolicies = names),
      },
    },
    stopping.signal,
  );
  const stop = async () => {
    stopping.abort();
    await ended;
  };
  onTestFinished(stop);
  const configuration = () =>
    api.stored(resources.mutatingWebhookConfigurations, 'token-injector') as ReturnType<
      RunningController['configuration']
    >;
  const policy = (name: string) =>
    api.stored(resources.tokenPolicies, name) as ReturnType<RunningController['policy']>;
  return {
    api,
    clock,
    problems,
    deletions,
    reported,
    configuration,
    policy,
    entries: () => configuration().webhooks.map(({ name }) => name),
    validating: () =>
      api.all(resources.validatingAdmissionPolicies).map(({ metadata }) => metadata.name),
    ready(name) {
      const found = policy(name).status!.conditions.find(({ type }) => type === 'Ready')!;
      return [found.status, found.reason, found.message];
    },
    now,
    pass: (ms) => clock.advance(ms),
    async until(check) {
      for (let attempt = 1; ; attempt++) {
        await clock.advance(1_000);
        try {
          return check();
        } catch (error) {
          if (attempt === 200) throw error;
        }
      }
    },
    async rest() {
      for (let calm = 0; calm < 30; calm++) {
        const before = api.requests.length;
        await clock.advance(2_000);
        if (api.requests.slice(before).some(({ verb }) => verb !== 'create')) calm = 0;
      }
    },
    stop,
  };
}
