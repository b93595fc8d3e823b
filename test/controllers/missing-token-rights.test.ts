import { describe, expect, it } from 'vitest';
import { resources } from '../../src/kube/client/resources.ts';
import { fakeApi } from '../kube/fake-api.ts';
import { clusterRole, refuse, startController, tokenPolicy } from './controller-under-test.ts';

const isValidatingAdmission = ({ kind }: { readonly kind: string }) =>
  kind.startsWith('ValidatingAdmissionPolicy');

describe('where pods may not be refused', () => {
  it('the policy says so, and nothing is asked for or tried', async () => {
    const controller = startController([tokenPolicy('a', refuse), tokenPolicy('b')], {
      missingTokenPolicies: [],
    });
    await controller.until(() =>
      expect(controller.ready('a')).toEqual([
        'False',
        'NotPermitted',
        expect.stringMatching(
          /Add a to the chart value enforcement\.missingToken\.policies.* A ValidatingAdmissionPolicy token-injector-a from before/,
        ),
      ]),
    );
    expect(controller.ready('b').slice(0, 2)).toEqual(['True', 'Registered']);
    expect(controller.entries()).toContain('a.token-injector.dev');
    await controller.rest();
    expect(controller.api.requests.filter(isValidatingAdmission)).toEqual([]);
    expect(controller.problems).toEqual([]);
  });

  it('for some, those of others are refused all the same', async () => {
    const policies = [tokenPolicy('a', refuse), tokenPolicy('b', refuse)];
    const controller = startController(policies, { missingTokenPolicies: ['b'] });
    await controller.until(() => expect(controller.ready('a')[1]).toBe('NotPermitted'));
    await controller.until(() => expect(controller.validating()).toEqual(['token-injector-b']));
    // One that is left of times when it was permitted is out of our reach.
    const { metadata, ...rest } = controller.api.all(resources.validatingAdmissionPolicies)[0]!;
    controller.api.put({ ...rest, metadata: { ...metadata, name: 'token-injector-a' } });
    controller.api.put(tokenPolicy('a'));
    await controller.rest();
    expect(controller.ready('a')[1]).toBe('Registered');
    expect(controller.deletions).toEqual([]);
  });

  it('a name that no policy has, or one that refuses none, is reported', async () => {
    const policies = [tokenPolicy('a', refuse), tokenPolicy('b')];
    const controller = startController(policies, { missingTokenPolicies: ['a', 'b', 'c'] });
    await controller.until(() =>
      expect(controller.reported.unusedMissingTokenPolicies).toEqual(['b', 'c']),
    );
    controller.api.put(tokenPolicy('b', refuse));
    controller.api.put(tokenPolicy('c', refuse));
    await controller.until(() =>
      expect(controller.reported.unusedMissingTokenPolicies).toEqual([]),
    );
    // What it refused before it was edited is still refused.
    controller.api.put(tokenPolicy('c', { ...refuse, inject: {} }));
    await controller.until(() => expect(controller.ready('c')[1]).toBe('Invalid'));
    expect(controller.reported.unusedMissingTokenPolicies).toEqual([]);
  });

  it('a right that is missing all the same holds up nothing else', async () => {
    const api = fakeApi([clusterRole('token-injector'), tokenPolicy('a', refuse)]);
    api.refuse({ status: 403, reason: 'Forbidden', when: isValidatingAdmission });
    const controller = startController([], { api });
    await controller.until(() => expect(controller.ready('a')[1]).toBe('NotRegistered'));
    expect(controller.entries()).toContain('a.token-injector.dev');
  });
});
