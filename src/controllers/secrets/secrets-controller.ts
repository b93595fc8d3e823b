import { secretsFieldManager } from '../../core/identity.ts';
import { type ConditionState, conditionOf } from '../../core/status/conditions.ts';
import { type SecretReport, secretReport } from '../../core/status/secret-status.ts';
import { operatorSource } from '../../core/status/secret-source.ts';
import { statusChanged } from '../../core/status/status-changed.ts';
import type { KubeApi, KubeObject, ObjectMeta } from '../../kube/client/api.ts';
import { resources } from '../../kube/client/resources.ts';
import type { Deliveries } from '../../core/delivery/policy-delivery.ts';
import type { WatchedLivePods } from '../cluster/live-pods.ts';
import type { ObservedSecrets } from '../cluster/observed-secrets.ts';
import { type CachedPolicies, namesOf } from '../cluster/policies.ts';
import { recordEvent } from '../cluster/record-event.ts';
import { type Clock, timestamp } from '../manager/clock.ts';
import type { Controller } from '../manager/controller.ts';
import type { Published } from '../manager/source.ts';
import type { OperatorObjects } from '../cluster/operator-objects.ts';
import { secretView } from './secret-view.ts';

/** What is said of Secrets is made of. */
export interface SecretsControllerOptions {
  readonly api: KubeApi;
  readonly clock: Clock;
  readonly policies: CachedPolicies;
  readonly livePods: WatchedLivePods;
  readonly secrets: ObservedSecrets;
  readonly operatorObjects: OperatorObjects;
  readonly deliveries: Published<Deliveries>;
  /** Told what each policy says of its Secrets. */
  readonly onReports: (reports: ReadonlyMap<string, SecretReport>) => void;
}

const minIntervalMs = 2_000;
const maxConcurrent = 4;

/** Says of each policy whether its Secrets are where its pods need them. */
export function createSecretsController(options: SecretsControllerOptions): Controller {
  const { api, clock, policies, livePods, secrets, operatorObjects, deliveries, onReports } =
    options;
  const reports = new Map<string, SecretReport>();
  /** The Events that are not written yet, by policy. */
  const owed = new Map<string, ConditionState>();
  policies.subscribe(() => {
    const gone = [...reports.keys()].filter((name) => !policies.get(name));
    for (const name of gone) reports.delete(name);
    if (gone.length > 0) onReports(reports);
  });

  async function write({ name }: ObjectMeta, status: SecretReport['status']): Promise<void> {
    await api.apply(
      resources.tokenPolicies,
      { metadata: { name }, status },
      { subresource: 'status', fieldManager: secretsFieldManager },
    );
  }

  async function record({ name, uid }: ObjectMeta, state: ConditionState): Promise<void> {
    const { apiVersion, kind } = resources.tokenPolicies;
    await recordEvent(
      { api, clock },
      {
        name: `${name}.secret-ready`,
        // That of every Event about an object outside of namespaces.
        namespace: 'default',
        involvedObject: { apiVersion, kind, name, ...(uid === undefined ? {} : { uid }) },
        state,
      },
    );
  }

  return {
    name: 'secrets',
    watches: [policies, livePods, operatorObjects, deliveries, ...secrets.watched],
    keys: () => namesOf(policies.items()),
    minIntervalMs,
    maxConcurrent,
    whenReady: Promise.all([
      livePods.whenReady,
      ...secrets.watched.map(({ whenTried }) => whenTried),
    ]),
    async reconcile(name) {
      const object = policies.get(name);
      const parsed = policies.parsed().get(name);
      const pods = livePods.current();
      if (!object || !parsed || !pods) return undefined;
      const source = parsed.ok ? operatorSource(parsed.policy) : undefined;
      // It comes back once they have been looked for.
      if (source && !operatorObjects.follow(source)) return undefined;
      const { generation = 0 } = object.metadata;
      const observed = { generation, parsed, previous: object['status'] };
      const report = secretReport(
        observed,
        secretView(secrets, operatorObjects, pods, deliveries.current),
        timestamp(clock),
      );
      reports.set(name, report);
      onReports(reports);
      if (statusChanged(report.status, observed.previous)) {
        await write(object.metadata, report.status);
        if (isNews(object, report.status)) owed.set(name, report.status.conditions[0]);
      }
      const event = owed.get(name);
      if (event) await record(object.metadata, event);
      owed.delete(name);
      return undefined;
    },
  };
}

/** That all is well, or that nothing is known yet, is news only where it was otherwise before. */
function isNews(
  { status: previous }: KubeObject,
  { conditions: [now] }: SecretReport['status'],
): boolean {
  const before = conditionOf('SecretReady', previous);
  if (!before) return now.status === 'False';
  return before.status !== now.status || before.reason !== now.reason;
}
