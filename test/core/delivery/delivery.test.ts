import { describe, expect, it } from 'vitest';
import { type Delivery, deliveryOf, deliversTo } from '../../../src/core/delivery/delivery.ts';
import { parsePolicy } from '../../../src/core/policy/parse-policy.ts';
import { goodPolicy } from '../policy/invalid-policies.ts';

function delivery(secret: object, match: object = { namespaces: ['shop', 'security'] }) {
  const draft = goodPolicy();
  Object.assign(draft.spec, { match, secret: { name: 'token', ...secret } });
  const parsed = parsePolicy(draft, ['excluded']);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return deliveryOf(parsed.policy);
}

const reached = (one: Delivery | undefined, namespaceLabels = { team: 'a' }) =>
  ['shop', 'security', 'other', 'excluded', 'kube-system', 'ours'].filter((namespace) =>
    deliversTo(one!, one!.source.name, { namespace, namespaceLabels, ownNamespace: 'ours' }),
  );

describe('a policy delivers', () => {
  it('nothing without source.namespace', () => {
    expect(delivery({})).toBeUndefined();
    expect(delivery({ source: { kind: 'ExternalSecret', name: 'other' } })).toBeUndefined();
  });

  it('the Secret of the same name, unless the source has another', () => {
    const source = { namespace: 'security' };
    expect(delivery({ source })).toMatchObject({ name: 'token', source: { name: 'token' } });
    expect(delivery({ source: { ...source, name: 'x' } })).toMatchObject({ source: { name: 'x' } });
  });

  it('to the namespaces that it names, but not over its source', () => {
    expect(reached(delivery({ source: { namespace: 'security' } }))).toEqual(['shop']);
    expect(reached(delivery({ source: { namespace: 'security', name: 'x' } }))).toEqual([
      'shop',
      'security',
    ]);
  });

  it('by label to what it selects, and never to ours, excluded or system namespaces', () => {
    const everywhere = { source: { namespace: 'security' }, everyNamespace: true };
    expect(reached(delivery(everywhere, {}))).toEqual(['shop', 'other']);
    const team = { namespaceSelector: { matchLabels: { team: 'a' } } };
    expect(reached(delivery(everywhere, team))).toEqual(['shop', 'other']);
    expect(reached(delivery(everywhere, team), { team: 'b' })).toEqual([]);
  });
});
