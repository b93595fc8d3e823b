import { expect, it } from 'vitest';
import { probeEntry } from '../../../src/core/registration/probe.ts';
import { ownNamespace } from '../../case-folder.ts';

it('meets labelled ConfigMaps of our own namespace, and alone fails where the webhook does', () => {
  const entry = probeEntry({
    address: { service: { namespace: ownNamespace, name: 'webhook' } },
    ownNamespace,
    timeoutSeconds: 3,
  });
  expect(entry).toMatchObject({
    name: 'probe.token-injector.dev',
    rules: [{ operations: ['CREATE'], resources: ['configmaps'] }],
    namespaceSelector: { matchExpressions: [{ operator: 'In', values: [ownNamespace] }] },
    objectSelector: { matchLabels: { 'token-injector.dev/probe': 'true' } },
    timeoutSeconds: 3,
    failurePolicy: 'Fail',
  });
});
