import { describe, expect, it } from 'vitest';
import { decideInjection } from '../../../src/core/injection/decide-injection.ts';
import { positionOf } from '../../../src/core/injection/mount-path.ts';
import { policySet } from '../../../src/core/policy/policy-set.ts';
import { readPolicy } from '../../case-folder.ts';

const policy = readPolicy({
  apiVersion: 'token-injector.dev/v1alpha1',
  kind: 'TokenPolicy',
  metadata: { name: 'agent' },
  spec: { secret: { name: 'agent' }, inject: { env: [{ name: 'TOKEN', key: 'token' }] } },
});
const facts = { namespace: 'agents', set: policySet([policy]) };

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

  it('has a path taken apart only where something can be mounted there', () => {
    const at = (length: number) =>
      positionOf(`/etc/agent/${'a'.repeat(length - 11)}`, '/etc/agent');
    expect([at(4_096), at(4_097), at(8_000_000)]).toEqual(['below', 'apart', 'apart']);
    // As CEL counts, of which a character outside the first 65,536 is one.
    const wide = (length: number) => positionOf(`/etc/agent/${'😀'.repeat(length)}`, '/etc/agent');
    expect([wide(4_085), wide(4_086)]).toEqual(['below', 'apart']);
  });
});
