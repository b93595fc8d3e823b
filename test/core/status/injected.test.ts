import { describe, expect, it } from 'vitest';
import { policySet } from '../../../src/core/policy/policy-set.ts';
import { injected } from '../../../src/core/status/injected.ts';
import { type PodGroup, tallyPods } from '../../../src/core/status/pod-tally.ts';
import { ownNamespace, readPolicy } from '../../case-folder.ts';
import { tokenPolicy } from '../../controllers/controller-under-test.ts';

const policy = readPolicy(tokenPolicy('agent'));
const canary = 'canary-literal';
const variable = (secret: string, key = 'token') => ({
  name: 'TOKEN',
  valueFrom: { secretKeyRef: { name: secret, key } },
});
const holding = [variable('agent-secret')];
const kept = [variable('vendor', 'api-key')];
const literal = [{ name: 'TOKEN', value: canary }];
const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'agent' };

const group = (env: readonly object[], pods = 1, more: Partial<PodGroup> = {}): PodGroup => ({
  namespace: 'shop',
  labels: { agent: 'agent' },
  annotations: {},
  serviceAccountName: 'default',
  spec: { containers: [{ name: 'app', env }] },
  pods,
  workload: deployment,
  ...more,
});
const view = (pods: readonly PodGroup[]) => ({ pods, namespaceLabels: () => ({}), ownNamespace });
const judge = (pods: readonly PodGroup[], { by = policy, knowsPods = true } = {}) =>
  injected(by, tallyPods(by, policySet([by]), view(pods)), knowsPods);

describe('the pods of a policy', () => {
  it('are counted by what became of them, and those that it leaves out are not', () => {
    const leftOut = [
      group([], 7, { annotations: { 'token-injector.dev/inject': 'false' } }),
      group([], 7, { annotations: { 'kubernetes.io/config.mirror': 'x' } }),
      group([], 7, { labels: {} }),
      group([], 7, { namespace: 'kube-system' }),
      group([], 7, { spec: { containers: [{ name: 'istio-proxy' }] } }),
    ];
    const pods = [group(holding, 4), group(kept, 2), group([], 3), ...leftOut];
    expect(tallyPods(policy, policySet([policy]), view(pods))).toMatchObject({
      selected: 9,
      holding: 4,
      kept: 2,
      missed: 3,
    });
  });

  it('are not judged before their namespace is known', () => {
    const unknown = { ...view([group([])]), namespaceLabels: () => undefined };
    expect(tallyPods(policy, policySet([policy]), unknown).selected).toBe(0);
  });

  it("keep what another policy wrote, which is the other's to hold", () => {
    const other = readPolicy(tokenPolicy('agent', { secret: { name: 'vendor' } }));
    const set = policySet([policy, { ...other, name: 'other' }]);
    const pods = view([group([variable('vendor')])]);
    expect(tallyPods(policy, set, pods)).toMatchObject({ kept: 1, holding: 0 });
    expect(tallyPods(other, set, pods)).toMatchObject({ kept: 0, holding: 1 });
  });
});

describe('Injected', () => {
  it.each([
    ['True', 'AllHold', [group(holding, 5)], 'All 5 agent pods hold what the policy wants.'],
    ['True', 'AllHold', [group(holding)], 'The one agent pod holds all that the policy wants.'],
    ['Unknown', 'NoAgentPods', [], 'No pod that the policy selects is running yet.'],
    ['False', 'Kept', [group(kept), group(holding)], '1 of 2 agent pods keep'],
    ['False', 'Missed', [group([]), group(holding)], '1 of 2 agent pods lack'],
  ])('is %s, %s', (status, reason, pods, words) => {
    expect(judge(pods)).toEqual({ status, reason, message: expect.stringContaining(words) });
  });

  it('is unknown where pods may not be read', () => {
    expect(judge([group(holding)], { knowsPods: false })).toMatchObject({
      status: 'Unknown',
      reason: 'NotPermitted',
    });
  });

  it('names what is kept, and both ways out', () => {
    const { message } = judge([group(kept, 5)]);
    expect(message).toBe(
      '5 of 5 agent pods keep their own TOKEN -> vendor in container app. token-injector explain tells whether Secret vendor is there. Set whenPresent: Replace for TOKEN in the policy, and create the pods anew; or hold to what is there, with secretName: vendor and its key for it in the policy.',
    );
    // A token may stand in its place, and the status is for more people than the pods are.
    expect(message).not.toContain('api-key');
  });

  it('says how to create missed pods anew', () => {
    expect(judge([group([], 2), group([], 1, { namespace: 'other' })]).message).toContain(
      'Create them anew: kubectl -n shop rollout restart deployment/agent, and so on for 1 more.',
    );
    const bare = { apiVersion: 'v1', kind: 'Pod', name: 'agent-1' };
    expect(judge([group([], 1, { workload: bare })]).message).toContain(
      'delete Pod agent-1 in namespace shop and create it again.',
    );
    const job = { apiVersion: 'batch/v1', kind: 'Job', name: 'nightly' };
    expect(judge([group([], 1, { workload: job })]).message).toContain(
      'delete the pods of Job nightly in namespace shop, and it makes new ones.',
    );
  });

  it('says both of pods that are missed and of pods that keep something', () => {
    const { reason, message } = judge([group(kept, 2), group([], 3)]);
    expect(reason).toBe('Missed');
    expect(message).toContain('3 of 5 agent pods lack');
    expect(message).toContain('2 of 5 agent pods keep');
  });

  it('counts the pods that keep something else than most', () => {
    const odd = group([variable('rare')], 1);
    expect(judge([odd, group(kept, 3)]).message).toContain(
      '3 of 4 agent pods keep their own TOKEN -> vendor in container app. 1 more keep something else.',
    );
  });

  it('never repeats a literal, nor a name that is none', () => {
    const keeping = readPolicy(
      tokenPolicy('agent', {
        inject: { env: [{ name: 'TOKEN', key: 'token', whenPresent: 'Keep' }] },
      }),
    );
    const { message } = judge([group(literal)], { by: keeping });
    expect(message).toContain('keep a written-out TOKEN in container app');
    expect(message).toContain('whenPresent: ReplaceLiteral');
    const hostile = judge([group([variable(`x\n${canary}`)])]).message;
    expect(message + hostile).not.toContain(canary);
  });
});
