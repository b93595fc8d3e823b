import { describe, expect, it } from 'vitest';
import { secretPresence } from '../../../src/core/status/secret-presence.ts';
import { type SourceState, operatorState } from '../../../src/core/status/secret-source.ts';
import type { SecretView } from '../../../src/core/status/secret-view.ts';
import { ownNamespace, readPolicy } from '../../case-folder.ts';
import { spoilt } from '../policy/invalid-policies.ts';

const secret = 'aikido-api-secret';
const policyFrom = (source: object, more: object = {}) =>
  readPolicy(
    spoilt(({ spec }) => Object.assign(spec, { secret: { name: secret, source }, ...more })),
  );
const external = policyFrom({ kind: 'ExternalSecret' });
const failed: SourceState = { state: 'failed', says: 'SecretSyncedError' };
const pod = { labels: { app: 'agent' }, annotations: {}, serviceAccountName: 'default' };

/** What is seen where one namespace has agent pods. */
const judge = (
  { keys, state }: { keys?: readonly string[]; state: SourceState },
  policy = external,
) => {
  const view: SecretView = {
    pods: [{ ...pod, namespace: 'one' }],
    namespaceLabels: () => ({}),
    ownNamespace,
    knowsPods: true,
    mayRead: () => true,
    keys: () => keys,
    source: () => state,
    delivery: () => undefined,
  };
  const { condition, problems } = secretPresence(policy, view);
  return { ...condition, problems };
};
const keys = external.secretKeys.map(({ key }) => key ?? '');

describe('a Secret that an operator makes', () => {
  it.each<[SourceState, string]>([
    [failed, 'ExternalSecret aikido-api-secret is not ready: SecretSyncedError'],
    [{ state: 'missing' }, 'there is no ExternalSecret aikido-api-secret'],
    [{ state: 'waiting' }, 'ExternalSecret aikido-api-secret was not reconciled yet'],
    [{ state: 'not-served' }, 'the cluster does not know the kind ExternalSecret'],
    [{ state: 'not-permitted' }, 'add aikido-api-secret to the chart value config.secretNames'],
    [{ state: 'ready' }, 'so it makes another Secret or other keys'],
  ])('is missing, and it is said why: %j', (state, why) => {
    const { reason, message } = judge({ state });
    expect(reason).toBe('SecretMissing');
    expect(message).toMatch(/created with key token \(.*\)$/);
    expect(message).toContain(why);
  });

  it('does not follow its source while that fails, though pods start', () => {
    expect(judge({ keys, state: failed })).toMatchObject({
      status: 'False',
      reason: 'SourceNotReady',
      message:
        'namespace one: ExternalSecret aikido-api-secret is not ready: SecretSyncedError; Secret aikido-api-secret stays as it is',
      problems: [{ namespace: 'one', reason: 'SourceNotReady' }],
    });
  });

  it.each<[SourceState['state'], string, string]>([
    ['ready', 'Present', ''],
    ['missing', 'Present', ' In namespace one, there is no ExternalSecret aikido-api-secret.'],
    ['not-served', 'Present', 'its operator is not installed.'],
    [
      'not-permitted',
      'NotPermitted',
      'add aikido-api-secret to the chart value config.secretNames.',
    ],
  ])('is there whatever its source is: %s', (state, reason, words) => {
    const found = judge({ keys, state: { state } as SourceState });
    expect(found).toMatchObject({ reason, problems: [] });
    expect(found.message).toContain(words);
    expect(found.message).toContain('holds every key in the one namespace with agent pods.');
  });

  it('has the source of another name that the policy gives', () => {
    const named = policyFrom({ kind: 'SealedSecret', name: 'sealed' });
    expect(
      judge({ keys, state: { state: 'failed', says: 'no key could decrypt' } }, named).message,
    ).toContain(
      'SealedSecret sealed is not synced: no key could decrypt; Secret aikido-api-secret stays',
    );
  });

  it('has its source where it is delivered from, once for all namespaces', () => {
    const delivered = policyFrom(
      { kind: 'ExternalSecret', namespace: 'security' },
      { match: { ...external.spec.match, namespaces: ['one'] } },
    );
    expect(judge({ keys, state: failed }, delivered).problems).toMatchObject([
      { namespace: 'security', reason: 'SourceNotReady' },
    ]);
    expect(judge({ state: failed }, delivered).problems).toMatchObject([
      { namespace: 'security' },
      { namespace: 'one', reason: 'SecretMissing' },
    ]);
  });

  it('of no operator is judged by itself alone', () => {
    expect(judge({ keys, state: failed }, policyFrom({ kind: 'Secret' })).reason).toBe('Present');
  });
});

describe('what an operator says', () => {
  const of = (kind: 'ExternalSecret' | 'SealedSecret', condition: object) =>
    operatorState(kind, { conditions: [{ type: 'Other', status: 'True' }, condition] });

  it.each([
    ['ready', 'ExternalSecret', { type: 'Ready', status: 'True' }],
    ['waiting', 'ExternalSecret', { type: 'Ready', status: 'Unknown' }],
    ['waiting', 'ExternalSecret', { type: 'Synced', status: 'True' }],
    ['ready', 'SealedSecret', { type: 'Synced', status: 'True' }],
  ] as const)('is %s: %s %j', (state, kind, condition) => {
    expect(of(kind, condition)).toEqual({ state });
  });

  it('is its reason, or its message in one line, and never the words of a provider', () => {
    const canary = 'canary-token';
    const condition = {
      type: 'Ready',
      status: 'False',
      reason: 'SecretSyncedError',
      message: canary,
    };
    expect(of('ExternalSecret', condition)).toEqual(failed);
    expect(of('ExternalSecret', { ...condition, reason: `a\n${canary}` })).toEqual({
      state: 'failed',
      says: 'no reason',
    });
    const sealed = {
      type: 'Synced',
      status: 'False',
      message: `no key\n\u001b[1m could${' x'.repeat(300)}`,
    };
    const { says } = of('SealedSecret', sealed) as { says: string };
    expect(says).toMatch(/^no key \[1m could x/);
    expect(says.length).toBe(200);
  });

  it.each([undefined, null, 'text', {}, { conditions: 1 }, { conditions: [null, 1, []] }])(
    'is nothing yet in %j',
    (status) => {
      expect(operatorState('SealedSecret', status)).toEqual({ state: 'waiting' });
    },
  );
});
