import { expect, it } from 'vitest';
import { readDenials } from '../../../src/core/explanation/denials.ts';
import { validatingAdmissionPolicy } from '../../../src/core/registration/validating-admission-policy.ts';
import { policySet } from '../../../src/core/policy/policy-set.ts';
import { ownNamespace, readPolicy } from '../../case-folder.ts';

const denied = (name: string) =>
  `pods "shop-1" is forbidden: ValidatingAdmissionPolicy '${name}' with binding '${name}' denied request: no token`;
const failing = (message: unknown, status = 'True', type = 'ReplicaFailure') => ({
  status: {
    conditions: [
      { type: 'Available', status: 'True' },
      { type, status, message },
    ],
  },
});

it('knows the policy by the name of what refuses', () => {
  const policy = readPolicy({
    apiVersion: 'token-injector.dev/v1alpha1',
    kind: 'TokenPolicy',
    metadata: { name: 'aikido-eu-1' },
    spec: {
      match: { podSelector: { matchLabels: { agent: 'aikido' } } },
      secret: { name: 'aikido-api-secret' },
      inject: { env: [{ name: 'TOKEN', key: 'token' }] },
      enforce: { missingToken: 'Deny' },
    },
  });
  const [written] = validatingAdmissionPolicy(policy, policySet([policy]), ownNamespace);
  const message = denied(written!.metadata.name);
  expect(readDenials(failing(message))).toEqual([{ policy: 'aikido-eu-1', message }]);
});

it.each([
  ['a quota', failing('pods "shop-1" is forbidden: exceeded quota')],
  ['a policy of others', failing(denied('no-latest'))],
  ['one that is over', failing(denied('token-injector-aikido'), 'False')],
  ['another condition', failing(denied('token-injector-aikido'), 'True', 'Progressing')],
  ['no message', failing(undefined)],
  ['no status', {}],
  ['a status of another form', { status: { conditions: 'of any form' } }],
])('leaves %s aside', (_, object) => {
  expect(readDenials(object)).toEqual([]);
});
