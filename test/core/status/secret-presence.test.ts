import { describe, expect, it } from 'vitest';
import { secretPresence } from '../../../src/core/status/secret-presence.ts';
import type { SecretView } from '../../../src/core/status/secret-view.ts';
import { ownNamespace, readPolicy } from '../../case-folder.ts';
import { spoilt } from '../policy/invalid-policies.ts';

const secretName = 'aikido-api-secret';
const policyWith = (inject: object) =>
  readPolicy(spoilt(({ spec }) => Object.assign(spec, { inject })));
const policy = policyWith({
  env: [
    { name: 'TOKEN', key: 'token' },
    { name: 'REGION', key: 'region', optional: true },
  ],
  files: [{ mountPath: '/var/lib/agent', items: [{ key: 'config', path: 'config' }] }],
});
const podIn = (namespace: string, labels: Record<string, string> = { app: 'agent' }) => ({
  namespace,
  labels,
  annotations: {},
  serviceAccountName: 'default',
});

/** What is seen where agent pods run in these namespaces, whose Secrets have these keys. */
const view = (
  keys: Readonly<Record<string, readonly string[] | undefined>>,
  change: Partial<SecretView> = {},
): SecretView => ({
  pods: Object.keys(keys).map((namespace) => podIn(namespace)),
  namespaceLabels: () => ({}),
  ownNamespace,
  knowsPods: true,
  mayRead: (name) => name === secretName,
  keys: (namespace, name) => (name === secretName ? keys[namespace] : undefined),
  delivery: () => undefined,
  source: () => ({ state: 'ready' }),
  ...change,
});
const all = ['token', 'config'];

describe('the Secret of a policy', () => {
  it.each([
    ['in the one namespace with agent pods.', { one: all }],
    ['in each of 2 namespaces with agent pods.', { one: all, two: [...all, 'region'] }],
  ])('is present with the keys that no pod starts without: %s', (where, keys) => {
    expect(secretPresence(policy, view(keys))).toEqual({
      condition: {
        status: 'True',
        reason: 'Present',
        message: `Secret ${secretName} holds every key ${where}`,
      },
      namespaces: Object.keys(keys).length,
      problems: [],
      moreProblems: 0,
      namespacesByReason: new Map(),
    });
  });

  it('is missed in the first namespace by name, with all that pods wait for', () => {
    const { condition, problems, namespacesByReason } = secretPresence(
      policy,
      view({ c: [], b: undefined, a: all, d: ['token'] }),
    );
    expect(condition).toEqual({
      status: 'False',
      reason: 'SecretMissing',
      message: `namespace b: Secret ${secretName} is missing; pods wait until it is created with key token, config (and in 2 more namespaces)`,
    });
    expect(problems.map(({ namespace, reason }) => [namespace, reason])).toEqual([
      ['b', 'SecretMissing'],
      ['c', 'KeyMissing'],
      ['d', 'KeyMissing'],
    ]);
    expect([...namespacesByReason]).toEqual([
      ['SecretMissing', 1],
      ['KeyMissing', 2],
    ]);
    expect(problems[2]!.message).toBe(
      `Secret ${secretName} has no key config; pods wait until it does`,
    );
  });

  it('is not missed where pods start without it', () => {
    const optional = policyWith({ env: [{ name: 'REGION', key: 'region', optional: true }] });
    expect(secretPresence(optional, view({ one: undefined, two: [] })).condition.status).toBe(
      'True',
    );
  });

  it('is looked for only where pods are that the policy selects', () => {
    const pods = [
      podIn('one', { app: 'other' }),
      podIn(ownNamespace),
      podIn('kube-system'),
      { ...podIn('two'), annotations: { 'token-injector.dev/inject': 'false' } },
    ];
    expect(secretPresence(policy, view({}, { pods }))).toMatchObject({
      condition: { status: 'Unknown', reason: 'NoAgentPods' },
      namespaces: 0,
    });
    const twice = [podIn('one'), podIn('one')];
    expect(secretPresence(policy, view({}, { pods: twice }))).toMatchObject({
      namespaces: 1,
      problems: [{ namespace: 'one' }],
    });
  });

  it.each([
    ['config.secretNames', { mayRead: () => false }],
    ['Pods and namespaces could not be read', { knowsPods: false }],
  ])('is unknown where it cannot be seen: %s', (words, change) => {
    const { condition, problems } = secretPresence(policy, view({ one: undefined }, change));
    expect(condition).toMatchObject({ status: 'Unknown', reason: 'NotPermitted' });
    expect(condition.message).toContain(words);
    expect(problems).toEqual([]);
  });

  it('is told of the first 20 namespaces, and of how many more', () => {
    const names = Array.from({ length: 22 }, (_, index) => `ns-${index}`);
    const missing = Object.fromEntries(names.map((name) => [name, undefined]));
    const { problems, moreProblems, namespaces } = secretPresence(policy, view(missing));
    expect([problems.length, moreProblems, namespaces]).toEqual([20, 2, 22]);
  });
});

describe('several Secrets of a policy', () => {
  const several = policyWith({
    env: [
      { name: 'TOKEN', key: 'token' },
      { name: 'PROXY', key: 'password', secretName: 'proxy' },
    ],
    files: [{ mountPath: '/var/lib/agent', secretName: 'whole' }],
  });
  type Keys = Readonly<Record<string, readonly string[]>>;
  const conditionWith = (secrets: Keys, readable: readonly string[]) =>
    secretPresence(several, {
      ...view({ one: [], two: [] }),
      mayRead: (name) => readable.includes(name),
      keys: (_, name) => secrets[name],
    }).condition;
  const names = [secretName, 'proxy', 'whole'];
  const complete: Keys = { [secretName]: ['token'], proxy: ['password'], whole: [] };

  it('are all present', () => {
    expect(conditionWith(complete, names)).toMatchObject({
      reason: 'Present',
      message: `Secrets ${secretName}, proxy, whole hold every key in each of 2 namespaces with agent pods.`,
    });
  });

  it('are each missed by name', () => {
    expect(conditionWith({ [secretName]: ['token'], proxy: [] }, names)).toMatchObject({
      reason: 'KeyMissing',
      message:
        'namespace one: Secret proxy has no key password; pods wait until it does; Secret whole is missing; pods wait until it is created (and in 1 more namespace)',
    });
  });

  it('are looked for as far as they may be read', () => {
    expect(conditionWith({ [secretName]: ['token'] }, [secretName]).reason).toBe('NotPermitted');
    expect(conditionWith({}, [secretName])).toMatchObject({ reason: 'SecretMissing' });
  });
});

describe('the Secret that a policy delivers', () => {
  const delivered = readPolicy(
    spoilt(({ spec }) =>
      Object.assign(spec, {
        secret: { name: secretName, source: { namespace: 'home' }, everyNamespace: true },
      }),
    ),
  );
  const failed = { reason: 'DeliveryFailed', message: 'a quota' } as const;
  const taken = { reason: 'TakenOver', message: 'by others' } as const;
  const missing = { reason: 'SourceMissing', message: 'nothing at home' } as const;
  const says = (keys: Parameters<typeof view>[0], delivery: ReturnType<SecretView['delivery']>) =>
    secretPresence(delivered, view(keys, { delivery: () => delivery }));

  it('is delivered by label, which whoever may label a namespace can use', () => {
    expect(says({ one: ['token'] }, undefined).condition).toEqual({
      status: 'True',
      reason: 'Present',
      message: `Secret ${secretName} holds every key in the one namespace with agent pods. It is delivered to every namespace that the policy selects by its labels: whoever may label a namespace gets the token.`,
    });
  });

  it('says what keeps it from a namespace, also where no agent pod is yet', () => {
    const { condition, problems } = says(
      { one: undefined },
      {
        namespaces: new Map([
          ['one', failed],
          ['two', failed],
        ]),
      },
    );
    expect(condition).toMatchObject({ status: 'False', reason: 'DeliveryFailed' });
    expect(condition.message).toBe('namespace one: a quota (and in 1 more namespace)');
    expect(problems).toEqual([
      { namespace: 'one', ...failed },
      { namespace: 'two', ...failed },
    ]);
  });

  it('says what is wrong with its source, whether pods wait for it or not', () => {
    const source = { source: missing, namespaces: new Map() };
    expect(says({ one: undefined }, source)).toMatchObject({
      condition: {
        status: 'False',
        reason: 'SourceMissing',
        message: 'namespace one: nothing at home',
      },
      problems: [{ namespace: 'one', ...missing }],
    });
    expect(says({ one: ['token'] }, source)).toMatchObject({
      condition: { status: 'False', reason: 'SourceMissing', message: 'nothing at home' },
      problems: [],
    });
  });

  it('is ready where another writer has taken it over, and says so', () => {
    const { condition, problems } = says(
      { one: ['token'] },
      { namespaces: new Map([['one', taken]]) },
    );
    expect(condition).toEqual({
      status: 'True',
      reason: 'TakenOver',
      message: 'namespace one: by others',
    });
    expect(problems).toEqual([{ namespace: 'one', ...taken }]);
    const worse = says({ two: undefined }, { namespaces: new Map([['one', taken]]) });
    expect(worse.condition).toMatchObject({ status: 'False', reason: 'SecretMissing' });
    const lacking = says({ one: [] }, { namespaces: new Map([['one', taken]]) });
    expect(lacking.condition).toMatchObject({ status: 'False', reason: 'KeyMissing' });
  });
});
