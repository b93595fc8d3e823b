import type { ControllerObserver } from '../../controllers/controller-options.ts';
import type { LeaderChange } from '../../kube/leader-election/leader-election.ts';
import type { ControllerMetrics } from '../../server/controller-metrics.ts';
import type { HealthCheck } from '../../server/health.ts';
import type { Log } from '../../server/log.ts';

const maxNames = 20;

/** Puts what the controller finds into log and metrics; what stays the same is logged once. */
export function createControllerObserver(
  log: Log,
  metrics: ControllerMetrics,
): ControllerObserver & { leader(change: LeaderChange): void; readonly check: HealthCheck } {
  const logged = new Map([
    ['other', ''],
    ['overlaps', ''],
    ['selectorsNarrowed', ''],
    ['unused missingTokenPolicies', ''],
  ]);
  const isNew = (what: string, state: string) => {
    if (logged.get(what) === state) return false;
    logged.set(what, state);
    return true;
  };
  metrics.leading(false);
  /** Whether it has not heard of the Lease yet, or leads and has not read what it needs. */
  let isWaiting = true;
  let lastProblem = '';
  let other: string | undefined;
  return {
    check() {
      const name = 'cluster';
      if (isWaiting) return { name, ok: false, detail: `not read yet${lastProblem}` };
      return other === undefined ? { name, ok: true } : { name, ok: false, detail: belongs(other) };
    },
    otherRelease(clusterRole) {
      other = clusterRole;
      if (!isNew('other', clusterRole ?? '')) return;
      if (clusterRole === undefined) log.info({}, 'controller: no other release');
      else log.error({ problem: belongs(clusterRole) }, 'controller: another release');
    },
    synced() {
      isWaiting = false;
    },
    problem(part, error) {
      const problem = error === undefined ? '' : messageOf(error);
      if (problem !== '') metrics.failed(part);
      if (problem !== '') lastProblem = `: ${problem}`;
      if (!isNew(part, problem)) return;
      if (problem !== '') log.error({ part, problem }, 'controller: failed, will be tried again');
      else log.info({ part }, 'controller: works again');
    },
    certificates({ caExpires, servingExpires }) {
      metrics.certificates({ ca: caExpires, serving: servingExpires });
      const expiry = {
        ca: caExpires?.toISOString() ?? '',
        certificate: servingExpires?.toISOString() ?? '',
      };
      if (isNew('expiry', JSON.stringify(expiry))) log.info(expiry, 'controller: certificates');
    },
    reachable({ status, message }) {
      metrics.reachable(status === 'Unknown' ? undefined : status === 'True');
      if (status === 'Unknown') metrics.failed('probe');
      if (!isNew('reachable', `${status} ${message}`)) return;
      if (status === 'True') log.info({}, 'controller: webhook reachable');
      else if (status === 'False')
        log.error({ problem: message }, 'controller: webhook not reachable');
      else log.error({ problem: message }, 'controller: probe blocked');
    },
    policies(ready, all) {
      metrics.policies(ready, all);
      if (isNew('policies', `${ready}/${all}`)) log.info({ ready, all }, 'controller: policies');
    },
    agentPods(tallies) {
      metrics.agentPods(tallies);
    },
    secrets(reports) {
      metrics.secrets(reports);
    },
    overlaps(names) {
      if (!isNew('overlaps', names.join())) return;
      if (names.length > 0)
        log.warn(firstOf(names), 'controller: too many policies select one pod');
      else log.info({}, 'controller: no pod is selected by too many policies');
    },
    selectorsNarrowed(names) {
      if (!isNew('selectorsNarrowed', names.join())) return;
      if (names.length > 0)
        log.warn(firstOf(names), 'controller: somebody else adds requirements to selectors');
      else log.info({}, 'controller: nobody else adds requirements to selectors');
    },
    unusedMissingTokenPolicies(names) {
      if (!isNew('unused missingTokenPolicies', names.join())) return;
      if (names.length > 0)
        log.warn(firstOf(names), 'controller: may deny pods of policies that deny none');
      else log.info({}, 'controller: each policy that may deny pods does');
    },
    delivery: (outcome) => metrics.delivery(outcome),
    definitionUpdated() {
      log.info({}, 'controller: CustomResourceDefinition updated');
    },
    deleted(object) {
      log.info(object, 'controller: deleted');
    },
    leader(change) {
      if (change.type === 'Problem') {
        lastProblem = `: ${messageOf(change.problem)}`;
      } else if (change.type !== 'Recovered') {
        isWaiting = change.type === 'Leading';
        metrics.leading(isWaiting);
      }
      switch (change.type) {
        case 'Leading':
          return log.info({}, 'controller: leading');
        case 'Following':
          return log.info({ leader: change.leader }, 'controller: another one leads');
        case 'Lost':
          return log.warn({ problem: change.message }, 'controller: no longer leading');
        case 'Recovered':
          return log.info({}, 'controller: lease works again');
        case 'Problem':
          return log.error({ problem: messageOf(change.problem) }, 'controller: lease');
        default:
          return change satisfies never;
      }
    },
  };
}

function firstOf(names: readonly string[]) {
  return { policies: names.slice(0, maxNames), all: names.length };
}

function belongs(clusterRole: string): string {
  return `the webhook configuration belongs to another release, that of ClusterRole ${clusterRole}: a cluster has room for one, uninstall one of the two`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown';
}
