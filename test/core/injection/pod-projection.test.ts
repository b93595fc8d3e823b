import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideInjection } from '../../../src/core/injection/decide-injection.ts';
import { projectPod } from '../../../src/core/injection/pod-projection.ts';
import { isObject } from '../../../src/core/json.ts';
import { readCases } from '../../case-folder.ts';
import { arbitrarySituation } from './arbitrary-situation.ts';

const canary = 'canary-literal';

describe('the projection of a pod', () => {
  it.each(readCases())('decides as the whole pod does: $name', ({ set, pod, facts }) => {
    for (const policy of set.policies)
      expect(decideInjection(policy, isObject(pod) && projectPod(pod), facts)).toEqual(
        decideInjection(policy, pod, facts),
      );
  });

  it('decides as the whole pod does, whatever the pod', () => {
    fc.assert(
      fc.property(arbitrarySituation, ({ policies, pod, facts }) => {
        for (const policy of policies)
          expect(decideInjection(policy, isObject(pod) && projectPod(pod), facts)).toEqual(
            decideInjection(policy, pod, facts),
          );
      }),
      { numRuns: 300 },
    );
  });

  it('has neither a literal nor a command, an argument, an image or an address in it', () => {
    const container = {
      name: 'agent',
      image: canary,
      command: [canary],
      args: [canary],
      env: [
        { name: 'TOKEN', value: canary },
        { name: 'HOST', valueFrom: { fieldRef: { fieldPath: canary } } },
      ],
      envFrom: [{ configMapRef: { name: canary } }],
      lifecycle: { preStop: { exec: { command: [canary] } } },
    };
    const pod = {
      metadata: { name: canary, annotations: { note: canary } },
      spec: {
        containers: [container],
        initContainers: [container],
        ephemeralContainers: [container],
        hostAliases: [{ ip: canary }],
        volumes: [{ name: 'data', csi: { driver: canary, volumeAttributes: { token: canary } } }],
      },
      status: { message: canary },
    };
    expect(JSON.stringify(projectPod(pod))).not.toContain(canary);
  });

  it('has no value that stands where a list or an object belongs', () => {
    const odd = { name: 'agent', env: canary, volumeMounts: [canary] };
    const pod = { spec: { containers: [odd, canary], volumes: canary } };
    expect(JSON.stringify(projectPod(pod))).not.toContain(canary);
  });
});
