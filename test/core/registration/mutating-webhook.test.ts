import { describe, expect, it } from 'vitest';
import {
  type WebhookAddress,
  clientConfig,
  webhookEntry,
} from '../../../src/core/registration/mutating-webhook.ts';
import { readPolicy } from '../../case-folder.ts';
import { spoilt } from '../policy/invalid-policies.ts';

const registration = {
  address: { url: 'https://127.0.0.1:1' },
  ownNamespace: 'token-injector',
  timeoutSeconds: 1,
};

describe('the entry of a policy', () => {
  it.each([
    [false, ['CREATE pods']],
    [true, ['CREATE pods', 'UPDATE pods/ephemeralcontainers']],
  ])('has the API server ask about ephemeral containers: %s', (ephemeralContainers, asked) => {
    const policy = readPolicy(
      spoilt(({ spec }) => Object.assign(spec.match, { ephemeralContainers })),
    );
    const { rules } = webhookEntry(policy, registration);
    expect(
      rules.map(({ operations, resources }) => [...operations, ...resources].join(' ')),
    ).toEqual(asked);
  });

  it('never stops a pod', () => {
    const { failurePolicy } = webhookEntry(readPolicy(spoilt(() => {})), registration);
    expect(failurePolicy).toBe('Ignore');
  });
});

const service = { namespace: 'token-injector', name: 'webhook' };

it.each<[string, WebhookAddress, object]>([
  ['a Service', { service }, { service: { ...service, port: 443, path: '/mutate/agent' } }],
  ['a port', { service: { ...service, port: 8443 } }, { service: { port: 8443 } }],
  ['a URL', { url: 'https://a.example:1' }, { url: 'https://a.example:1/mutate/agent' }],
  ['a URL with a slash', { url: 'https://a.example/' }, { url: 'https://a.example/mutate/agent' }],
])('reaches the webhook by %s', (_, address, expected) => {
  expect(clientConfig('agent', { ...registration, address })).toMatchObject(expected);
  expect(clientConfig('agent', { ...registration, address })).not.toHaveProperty('caBundle');
  expect(clientConfig('agent', { ...registration, address, cas: ['C', 'A'] })).toMatchObject({
    ...expected,
    caBundle: 'Q0E=',
  });
});
