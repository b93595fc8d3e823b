import { hostname } from 'node:os';
import { Registry } from 'prom-client';
import { createDigest } from './digest.ts';
import {
  type CertificateSource,
  createCertManagerSource,
  createFileSource,
  createSelfSignedSource,
} from '../../controllers/certificates/certificate-source.ts';
import { controllerNames, controllersOffByDefault } from '../../controllers/create-controllers.ts';
import {
  UnknownControllers,
  chooseControllers,
} from '../../controllers/manager/choose-controllers.ts';
import { runController } from '../../controllers/run-controller.ts';
import { realDelay } from '../../kube/delay.ts';
import { createKubeApi } from '../../kube/client/http-api.ts';
import { runWithLeaderElection } from '../../kube/leader-election/leader-election.ts';
import { createLog } from '../../runtime/log.ts';
import type { Settings } from '../../runtime/settings.ts';
import { createConnectionMetrics } from '../../server/connection-metrics.ts';
import { createControllerMetrics } from '../../server/controller-metrics.ts';
import { createHealthServer } from '../../server/health.ts';
import { createControllerObserver } from './controller-observer.ts';
import { firstSignal } from '../first-signal.ts';
import { listen } from '../serving/listen.ts';
import { readNamedFile } from '../read-named-file.ts';
import { UsageError } from '../usage-error.ts';

/** Flags of `token-injector controller`; durations in milliseconds. */
export interface ControllerFlags {
  readonly service: { readonly name: string; readonly port: number };
  readonly timeoutSeconds: number;
  readonly excludedNamespaces: readonly string[];
  readonly configurationAnnotation: Readonly<Record<string, string>>;
  readonly owner: readonly string[];
  readonly missingTokenPolicies: ReadonlyMap<string, string>;
  readonly certificates: 'self' | 'cert-manager' | 'file';
  readonly caFile?: string;
  readonly caSecret: string;
  readonly tlsSecret: string;
  readonly issuedSecret: string;
  readonly caDuration: number;
  readonly certDuration: number;
  readonly lease: string;
  readonly secretNames: readonly string[];
  readonly controllers: readonly string[];
  readonly withoutSecretsController?: boolean;
  readonly probeSeconds: number;
  readonly healthPort: number;
}

/** Runs until SIGTERM or SIGINT; of several that run, one works. */
export async function controller(flags: ControllerFlags, settings: Settings): Promise<void> {
  const controllers = chosenControllers(flags);
  const certificates = certificateSource(flags, settings.namespace);
  const log = await createLog({ level: settings.logLevel, pretty: false, colour: false });
  const registry = new Registry();
  const metrics = createControllerMetrics(registry, flags.lease);
  const observer = createControllerObserver(log, metrics);
  const stop = new AbortController();
  void firstSignal().then(() => stop.abort());
  const clock = { now: () => new Date(), delay: realDelay };
  const monotonic = () => performance.now();
  const connections = createConnectionMetrics(registry, log, monotonic)('health');
  const health = createHealthServer({ checks: [observer.check], registry, connections });
  await listen(health, '::', flags.healthPort);

  const api = await createKubeApi({ kubeconfig: settings.kubeconfig, proxies: settings.proxies });
  const { namespace } = settings;
  const identity = settings.podName ?? hostname();
  await runWithLeaderElection(
    {
      api,
      namespace,
      name: flags.lease,
      identity,
      now: clock.now,
      monotonic,
      delay: realDelay,
      random: Math.random,
      stop: stop.signal,
      onChange: (change) => observer.leader(change),
    },
    async (signal) => {
      await runController(
        {
          api,
          clock,
          random: Math.random,
          namespace,
          address: { service: { namespace, ...flags.service } },
          timeoutSeconds: flags.timeoutSeconds,
          excludedNamespaces: flags.excludedNamespaces,
          configurationAnnotations: flags.configurationAnnotation,
          owners: flags.owner,
          missingTokenPolicies: flags.missingTokenPolicies,
          lease: flags.lease,
          certificates,
          controllers,
          hasSecretsController: flags.withoutSecretsController !== true,
          secretNames: flags.secretNames,
          digest: createDigest(),
          probe: { name: 'token-injector-probe', periodMs: flags.probeSeconds * 1_000 },
          observer,
        },
        signal,
      );
    },
  );
  await health.close();
  log.info({}, 'controller ended');
}

function chosenControllers({ controllers }: ControllerFlags): ReadonlySet<string> {
  try {
    return chooseControllers(controllers, controllerNames, controllersOffByDefault);
  } catch (error) {
    throw error instanceof UnknownControllers
      ? new UsageError(`--controllers: ${error.message}`)
      : error;
  }
}

function certificateSource(flags: ControllerFlags, namespace: string): CertificateSource {
  const {
    certificates,
    caFile,
    caSecret,
    tlsSecret,
    issuedSecret,
    caDuration,
    certDuration,
    service,
  } = flags;
  if ((certificates === 'file') !== (caFile !== undefined))
    throw new UsageError('--certificates file and --ca-file belong together: set both or none');
  switch (certificates) {
    case 'cert-manager':
      return createCertManagerSource({ namespace, issuedSecret, tlsSecret });
    case 'file':
      return createFileSource(() => readNamedFile(caFile!));
    case 'self': {
      if (certDuration > caDuration / 2)
        throw new UsageError(
          '--cert-duration is longer than half of --ca-duration: a CA outlives what it signs, set a shorter or a longer one',
        );
      const host = `${service.name}.${namespace}`;
      return createSelfSignedSource({
        namespace,
        caSecret,
        tlsSecret,
        caDurationMs: caDuration,
        certDurationMs: certDuration,
        overlapMs: Math.min(maxOverlapMs, certDuration / 20),
        names: [`${host}.svc`, `${host}.svc.cluster.local`],
      });
    }
    default:
      return certificates satisfies never;
  }
}

// Far more than any API server takes to see a new CA, or a webhook to see a new certificate: nobody is in a hurry.
const maxOverlapMs = 10 * 60_000;
