import { describe, expect, it } from 'vitest';
import { decideInjection } from '../../../src/core/injection/decide-injection.ts';
import {
  folderPath,
  folderPathCel,
  readMountPath,
} from '../../../src/core/injection/mount-path.ts';
import { policySet } from '../../../src/core/policy/policy-set.ts';
import { readPolicy } from '../../case-folder.ts';
import { evaluateCel } from '../evaluate-cel.ts';

const policy = readPolicy({
  apiVersion: 'token-injector.dev/v1alpha1',
  kind: 'TokenPolicy',
  metadata: { name: 'agent' },
  spec: { secret: { name: 'agent' }, inject: { env: [{ name: 'TOKEN', key: 'token' }] } },
});
const facts = { namespace: 'agents', set: policySet([policy]) };

const folders = Array.from({ length: 8 }, (_, index) => ({
  mountPath: `/opt/agent/${index}`,
  whenPresent: 'Replace',
}));
const withFolders = readPolicy({
  apiVersion: 'token-injector.dev/v1alpha1',
  kind: 'TokenPolicy',
  metadata: { name: 'folders' },
  spec: { secret: { name: 'agent' }, inject: { files: folders } },
});
const set = policySet([withFolders]);
const podWith = (container: object) => ({
  spec: { containers: [{ name: 'agent', ...container }] },
});

describe('a pod that only a hostile request has', () => {
  it('is looked at no further once it would get more than any pod can hold', () => {
    let looks = 0;
    const entry = {
      get name() {
        looks++;
        return 'TOKEN';
      },
      value: 'literal',
    };
    const env = Array.from({ length: 100_000 }, () => entry);
    const pod = { spec: { containers: [{ name: 'agent', env }] } };
    expect(decideInjection(policy, pod, facts).reason).toBe('pod-too-large');
    expect(looks).toBeLessThan(20_100);
  });

  it('has a path looked at only where something can be mounted there', () => {
    const isRead = (path: string) => readMountPath(path) !== undefined;
    const at = (length: number) => isRead('a'.repeat(length));
    expect([at(4_096), at(4_097), at(8_000_000)]).toEqual([true, false, false]);
    // As CEL counts, of which a character outside the first 65,536 is one.
    const wide = (length: number) => isRead('😀'.repeat(length));
    expect([wide(4_096), wide(4_097)]).toEqual([true, false]);
  });

  it('has each of its mounts read once, however many folders a policy has', () => {
    let reads = 0;
    const mount = {
      name: 'other',
      get mountPath() {
        reads++;
        return '/'.repeat(4_000);
      },
    };
    const pod = podWith({ volumeMounts: Array.from({ length: 1_000 }, () => mount) });
    expect(decideInjection(withFolders, pod, { namespace: 'agents', set }).changed).toBe(true);
    expect(reads).toBe(1_000);
  });

  it('has no more mounts replaced than any pod can hold', () => {
    const mount = { name: 'other', mountPath: '/opt/agent/0', readOnly: true };
    const pod = podWith({ volumeMounts: Array.from({ length: 100_000 }, () => mount) });
    const context = { namespace: 'agents', set };
    expect(decideInjection(withFolders, pod, context).reason).toBe('pod-too-large');
  });
});

describe('a path', () => {
  it.each([
    ['/etc/aikido', '/etc/aikido/'],
    ['etc//aikido/.', '/etc/aikido/'],
    ['/./etc/././/aikido/', '/etc/aikido/'],
    ['/etc/.aikido./..', '/etc/.aikido./../'],
    ['.', '/'],
    ['', '/'],
    ['////', '/'],
  ])('%j is the folder %s, as its CEL says', (path, folder) => {
    expect(folderPath(path)).toBe(folder);
    expect(evaluateCel(folderPathCel('path'), { path })).toBe(folder);
  });
});
