import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { parseStoredPolicy } from '../../src/core/policy/parse-policy.ts';
import { ClusterPolicies } from '../../src/server/cluster-policies.ts';
import { policyText } from '../runtime/temporary-folder.ts';
import { manualClock } from './manual-clock.ts';

const policy = (name: string, fields: object = {}) => {
  const { spec, ...head } = JSON.parse(policyText(name)) as { spec: object };
  return [name, parseStoredPolicy({ ...head, spec: { ...spec, ...fields } })] as const;
};

it('policies with fields of a newer version are in force without them, which is logged once', async () => {
  const warned: object[] = [];
  const policies = new ClusterPolicies({
    ...manualClock(),
    readAll: async () => new Map(),
    watch: () => ({ synced: true, connected: true, problem: undefined }),
    log: {
      info: () => undefined,
      warn: (fields, message) => void warned.push({ ...fields, message }),
      error: () => undefined,
    },
  });
  const registry = new Registry();
  policies.register(registry);
  const metric = (name: string, value: number) =>
    expect.stringContaining(`\ntoken_injector_${name} ${value}\n`) as string;

  const stored = new Map([
    policy('one'),
    policy('two', { newer: {}, AIK_CANARY: 'AIK_CANARY' }),
    policy('three', { newer: {}, restart: {} }),
  ]);
  policies.update(stored);
  policies.update(new Map(stored));
  expect(policies.current.policies.map(({ name }) => name)).toEqual(['one', 'three', 'two']);
  expect(await registry.metrics()).toEqual(metric('policies_with_unknown_fields', 2));
  expect(await registry.metrics()).toEqual(metric('policies_not_valid', 0));
  expect(warned).toEqual([
    {
      policies: ['three', 'two'],
      fields: ['spec.newer', 'spec.?', 'spec.restart'],
      message: 'policies have fields that this version does not know and ignores',
    },
  ]);
  expect(JSON.stringify(warned)).not.toContain('AIK_CANARY');

  policies.update(new Map([policy('one'), policy('two')]));
  expect(await registry.metrics()).toEqual(metric('policies_with_unknown_fields', 0));
  expect(warned).toHaveLength(1);
});
