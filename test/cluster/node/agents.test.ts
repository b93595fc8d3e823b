import { afterAll, beforeAll, expect, it } from 'vitest';
import { accepted, type KubeObject } from '../api.ts';
import { eventually } from '../eventually.ts';
import { createNamespace, deleteNamespace } from '../namespaces.ts';
import type { PolicyView } from '../policy-view.ts';
import { type AgentTrial, prepareTrial, trialLabel } from './agent-trial.ts';
import { type Release, installRelease, policiesReady } from './installed-release.ts';
import { type RunningPod, isReady } from './pods.ts';
import { describeNode } from './suite.ts';

const agents = [
  'aikido',
  'datadog',
  'new-relic-infrastructure',
  'snyk',
  'sysdig',
  'falcosidekick',
  'splunk-otel-collector',
  'wiz',
];
// Seventeen pods start at once, on a machine that may be busy.
const patience = { timeoutMs: 400_000 };

describeNode('agents with the first policy that init gives', ({ api, kubectl, helm, images }) => {
  let namespace = '';
  let release: Release;
  let trials: readonly AgentTrial[];
  const rows: string[][] = [];
  beforeAll(async () => {
    namespace = await createNamespace(api, 'trial');
    trials = await Promise.all(agents.map((agent) => prepareTrial(agent, namespace, images.agent)));
    const names = trials.flatMap(({ policies }) =>
      policies.flatMap(({ secretKeys }) => secretKeys.map(({ secret }) => secret)),
    );
    release = await installRelease(
      { api, helm, images },
      { config: { secretNames: [...new Set(names)] } },
    );
    await apply(trials.map(({ policyText }) => policyText));
    await policiesReady(api);
    const objects = trials.flatMap(({ prerequisites, workloads }) => [
      ...prerequisites,
      ...workloads,
    ]);
    await apply(objects.map((object) => JSON.stringify(object)));
  });
  afterAll(async () => {
    const widths = rows[0]?.map((_, at) => Math.max(...rows.map((row) => row[at]!.length))) ?? [];
    for (const row of rows) {
      const cells = row.map((cell, at) => cell.padEnd(widths[at]!));
      process.stderr.write(`agents: ${cells.join(' | ').trimEnd()}\n`);
    }
    await deleteNamespace(api, namespace);
    await release?.remove();
  });

  async function apply(texts: readonly string[]): Promise<void> {
    const { code, stderr } = await kubectl(['apply', '-f', '-'], { input: texts.join('\n---\n') });
    if (code !== 0) throw new Error(stderr);
  }
  /** The reason of Injected of each policy. */
  const outcomesOf = ({ policies }: AgentTrial) =>
    Promise.all(
      policies.map(async ({ name }) => {
        const kind = { apiVersion: 'token-injector.dev/v1alpha1', kind: 'TokenPolicy' };
        const { status } = await accepted(api.get<PolicyView>({ ...kind, metadata: { name } }));
        return status?.conditions.find(({ type }) => type === 'Injected')?.reason;
      }),
    );

  it('has all their pods start', async () => {
    const count = trials.flatMap(({ workloads }) => workloads).length;
    const pods: Pick<KubeObject, 'apiVersion' | 'kind'> = { apiVersion: 'v1', kind: 'Pod' };
    await eventually(
      'the pods',
      async () => {
        const { items } = await accepted(api.list<RunningPod>(pods, { namespace }));
        expect(items).toHaveLength(count);
        for (const pod of items) isReady(pod);
      },
      patience,
    );
  });

  it.each(agents)('%s reads its token', async (agent) => {
    const trial = trials[agents.indexOf(agent)]!;
    const { policies, expected } = trial;
    const lines = () => printedBy(agent);
    try {
      await eventually('what its containers print', async () =>
        expect((await lines()).toSorted()).toEqual(expected.toSorted()),
      );
      await eventually('Injected to be AllHold', async () =>
        expect(await outcomesOf(trial)).toEqual(policies.map(() => 'AllHold')),
      );
    } finally {
      const unread = expected.filter((line) => !printed.includes(line));
      const places = unread.map((line) => line.split(' ').slice(1, -1).join(' '));
      const reads = unread.length === 0 ? 'reads its token' : `does not read ${places.join(', ')}`;
      const names = policies.map(({ name }) => name).join(', ');
      const outcomes = (await outcomesOf(trial)).join(', ');
      rows.push([agent, `init --from: ${names}`, outcomes, reads]);
    }
  });

  let printed: readonly string[] = [];
  /** The lines of an agent's containers. */
  async function printedBy(agent: string): Promise<readonly string[]> {
    const all = ['--all-containers', '--tail=-1', '--max-log-requests=100'];
    const args = ['logs', '--namespace', namespace, '--selector', trialLabel, ...all];
    const { code, stdout, stderr } = await kubectl(args);
    if (code !== 0) throw new Error(stderr);
    printed = stdout.split('\n').filter((line) => line.startsWith(`${agent} `));
    return printed;
  }
});
