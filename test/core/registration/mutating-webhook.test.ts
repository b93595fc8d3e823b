import { expect, it } from 'vitest';
import { webhookEntry } from '../../../src/core/registration/mutating-webhook.ts';
import { readPolicy } from '../../case-folder.ts';
import { spoilt } from '../policy/invalid-policies.ts';

it.each([
  [false, ['CREATE pods']],
  [true, ['CREATE pods', 'UPDATE pods/ephemeralcontainers']],
])('has the API server ask about ephemeral containers: %s', (ephemeralContainers, asked) => {
  const policy = readPolicy(
    spoilt(({ spec }) => Object.assign(spec.match, { ephemeralContainers })),
  );
  const entry = webhookEntry(policy, {
    address: { url: 'https://127.0.0.1:1' },
    ownNamespace: 'token-injector',
    timeoutSeconds: 1,
  });
  expect(
    entry.rules.map(({ operations, resources }) => [...operations, ...resources].join(' ')),
  ).toEqual(asked);
});
