import { expect, it } from 'vitest';
import { createPolicyReader, projectPolicy } from '../../src/policies/stored-policies.ts';
import type { KubeObject } from '../../src/kube/client/api.ts';
import { policyText } from '../runtime/temporary-folder.ts';

/** A TokenPolicy as an API server gives it. */
function tokenPolicy(name: string, metadata: object = {}, spec?: object): KubeObject {
  const policy = JSON.parse(policyText(name)) as KubeObject & { readonly spec: object };
  return {
    ...policy,
    spec: spec ?? policy.spec,
    metadata: {
      name,
      uid: `uid-of-${name}`,
      generation: 1,
      resourceVersion: '1',
      labels: { a: 'b' },
      managedFields: [{}],
      ...metadata,
    },
    status: { observedGeneration: 1 },
  };
}

it('reads policies by name, those that are not valid too, with what is wrong', () => {
  const read = createPolicyReader();
  const policies = read([tokenPolicy('good'), tokenPolicy('bad', {}, { secret: {} })]);
  expect([...policies.keys()]).toEqual(['good', 'bad']);
  expect(policies.get('good')).toMatchObject({ ok: true, policy: { name: 'good' } });
  expect(policies.get('bad')).toMatchObject({
    ok: false,
    problems: expect.arrayContaining([{ path: 'spec.secret.name', message: 'is required' }]),
  });
});

it('gives the same object for one that has not changed, also when its status has', () => {
  const read = createPolicyReader();
  const first = read([tokenPolicy('one'), tokenPolicy('two'), tokenPolicy('three')]);
  const later = { resourceVersion: '2' };
  const { spec } = tokenPolicy('two');
  const second = read([
    tokenPolicy('one', later),
    tokenPolicy('two', { ...later, generation: 2 }, { ...(spec as object), secret: { name: 'b' } }),
    // As after a change of the definition, which prunes or fills in fields: the generation stays.
    tokenPolicy('three', later, { ...(spec as object), secret: { name: 'c' } }),
  ]);
  const same = [...first].map(([name, parsed]) => [name, second.get(name) === parsed]);
  expect(Object.fromEntries(same)).toEqual({ one: true, two: false, three: false });
  expect([...read([tokenPolicy('two', later)]).keys()]).toEqual(['two']);
});

it('of what comes, only what is read is kept', () => {
  const object = tokenPolicy('one');
  const kept = projectPolicy(object);
  expect(kept).toEqual({
    metadata: { name: 'one', uid: 'uid-of-one', generation: 1, resourceVersion: '1' },
    spec: object['spec'],
  });
  expect(createPolicyReader()([kept]).get('one')?.ok).toBe(true);
});
