import { afterAll, expect, it } from 'vitest';

import { realDelay } from '../../src/kube/delay.ts';
import { createKubeApi } from '../../src/kube/client/http-api.ts';
import { runWithLeaderElection } from '../../src/kube/leader-election/leader-election.ts';
import { resources } from '../../src/kube/client/resources.ts';
import { eventually } from './eventually.ts';
import { createNamespace, deleteNamespace } from './namespaces.ts';
import { describeCluster } from './suite.ts';

describeCluster('leader election', ({ api, kubeconfig }) => {
  const namespaces: string[] = [];
  afterAll(() => Promise.all(namespaces.map((name) => deleteNamespace(api, name))));

  it('has one leader at a time, and the next one as soon as it stops', async () => {
    const namespace = await createNamespace(api, 'lease');
    namespaces.push(namespace);
    const client = await createKubeApi({ kubeconfig });
    const events: string[] = [];

    const contend = (identity: string): { stop: () => void; done: Promise<void> } => {
      const stopping = new AbortController();
      const done = runWithLeaderElection(
        {
          api: client,
          namespace,
          name: 'leader',
          identity,
          now: () => new Date(),
          monotonic: () => performance.now(),
          delay: realDelay,
          random: Math.random,
          stop: stopping.signal,
          onChange: (change) => {
            if (change.type === 'Problem') events.push(change.problem.message);
          },
        },
        async (signal) => {
          events.push(`${identity} begins`);
          await new Promise((resolve) => {
            signal.addEventListener('abort', resolve);
          });
          events.push(`${identity} ends`);
        },
      );
      return { stop: () => stopping.abort(), done };
    };
    const spec = async () => {
      const lease = await client.get(resources.leases, 'leader', namespace);
      return lease?.['spec'] as { holderIdentity?: string; renewTime?: string } | undefined;
    };
    const holder = async (): Promise<unknown> => (await spec())?.holderIdentity;
    const renewTime = async (): Promise<unknown> => (await spec())?.renewTime;

    // At once, so that both try to create the Lease.
    const contenders = { a: contend('a'), b: contend('b') };
    await eventually('a leader', () => {
      expect(events).toHaveLength(1);
    });
    const renewals = new Set<unknown>();
    await eventually('several renewals', async () => {
      renewals.add(await renewTime());
      expect(renewals.size).toBeGreaterThan(3);
    });
    expect(events).toEqual([expect.stringMatching(/^[ab] begins$/)]);
    const first = events[0]?.startsWith('a') === true ? 'a' : 'b';
    const second = first === 'a' ? 'b' : 'a';
    expect(await holder()).toBe(first);
    contenders[first].stop();
    await contenders[first].done;
    await eventually('the next leader', () => {
      expect(events).toEqual([`${first} begins`, `${first} ends`, `${second} begins`]);
    });
    expect(await holder()).toBe(second);
    contenders[second].stop();
    await contenders[second].done;
    expect(await holder()).toBe('');
  });
});
