import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { parsePolicy, type PoliciesByName } from '../../src/core/policy/parse-policy.ts';
import { ClusterPolicies, type WatchState } from '../../src/server/cluster-policies.ts';
import { policyText } from '../runtime/temporary-folder.ts';
import { manualClock } from './manual-clock.ts';
import { readinessOf } from './readiness.ts';

const valid = (name: string, secret?: string) => parsePolicy(JSON.parse(policyText(name, secret)));
const notValid = () => parsePolicy({ kind: 'TokenPolicy', AIK_CANARY: 'AIK_CANARY' });
const named = (...names: string[]): PoliciesByName =>
  new Map(names.map((name) => [name, name.startsWith('bad') ? notValid() : valid(name)]));

// Nobody gives up.
const { signal } = new AbortController();

/** Policies whose API server says what a test wants it to say. */
function policiesUnderTest(initial?: PoliciesByName) {
  const clock = manualClock();
  const logged: Record<string, unknown>[] = [];
  const keep = (level: string) => (fields: object, message: string) =>
    void logged.push({ level, ...fields, message });
  let watch: WatchState = { synced: true, connected: true, problem: undefined };
  let stored: () => PoliciesByName | Promise<PoliciesByName> = () => new Map();
  let reads = 0;
  const policies = new ClusterPolicies({
    ...clock,
    readAll: async () => {
      reads++;
      return stored();
    },
    watch: () => watch,
    log: { info: keep('info'), warn: keep('warn'), error: keep('error') },
  });
  const registry = new Registry();
  policies.register(registry);
  if (initial) policies.update(initial);
  logged.length = 0;
  return {
    policies,
    clock,
    logged,
    reads: () => reads,
    store: (next: typeof stored) => void (stored = next),
    watchIs: (state: WatchState) => void (watch = state),
    names: () => policies.current.policies.map(({ name }) => name),
    readiness: () => readinessOf(policies.check),
    metric: async (name: string) =>
      Number(
        new RegExp(`^token_injector_${name} (\\S+)$`, 'm').exec(await registry.metrics())?.[1],
      ),
  };
}

describe('what the watch brings', () => {
  it('is in force at once, also what it removes', async () => {
    const { policies, names, logged, metric } = policiesUnderTest(named('one', 'two'));
    expect(names()).toEqual(['one', 'two']);
    policies.update(named('two', 'three'));
    expect(names()).toEqual(['three', 'two']);
    expect(policies.current.references.has('three_token=three-secret/token/false')).toBe(true);
    expect(policies.current.references.has('one_token=one-secret/token/false')).toBe(false);
    expect(logged).toEqual([
      // Another object of the same name is a change.
      {
        level: 'info',
        changed: ['one', 'three', 'two'],
        policies: 2,
        message: 'policies changed',
      },
    ]);
    expect(await metric('policies')).toBe(2);
  });

  it('changes nothing, and is not logged, where all is as before', () => {
    const same = named('one');
    const { policies, logged } = policiesUnderTest(same);
    const { current } = policies;
    policies.update(new Map(same));
    expect(policies.current).toBe(current);
    expect(logged).toEqual([]);
  });

  it('and is not valid leaves the others in force; it is logged once, and asking for it fails', async () => {
    const { policies, names, logged, metric, readiness, reads } = policiesUnderTest(named('one'));
    const all = new Map(named('one', 'bad'));
    policies.update(all);
    policies.update(new Map([...all, ...named('two')]));
    expect(names()).toEqual(['one', 'two']);
    expect(await metric('policies')).toBe(2);
    expect(await metric('policies_not_valid')).toBe(1);
    expect(await readiness()).toBe('200 [+]policies ok: not valid, see kubectl describe tp: bad');
    const errors = logged.filter(({ level }) => level === 'error');
    expect(errors).toMatchObject([
      { policy: 'bad', message: 'policy not valid, requests about it fail' },
    ]);
    expect(errors[0]!['problems']).toContain('spec: is required');
    await expect(policies.lookUp('bad', signal)).rejects.toMatchObject({
      name: 'PolicyUnavailable',
      statusCode: 500,
      message: 'TokenPolicy bad is not valid and decides nothing: see kubectl describe tp bad',
    });
    expect(reads()).toBe(0);
    expect(JSON.stringify(logged)).not.toContain('AIK_CANARY');

    policies.update(new Map([...all, ['bad', valid('bad')]]));
    expect(names()).toEqual(['bad', 'one']);
    expect((await policies.lookUp('bad', signal)).byName.has('bad')).toBe(true);
    expect(await metric('policies_not_valid')).toBe(0);
  });

  it('is logged in bounded lines', () => {
    const many = Array.from({ length: 300 }, (_, index) => `bad-${index}`);
    const { policies, logged } = policiesUnderTest();
    policies.update(named(...many));
    expect(logged[0]!['changed']).toHaveLength(21);
    expect((logged[0]!['changed'] as string[]).at(-1)).toBe('and 280 more');
    expect(policies.check().detail).toMatch(/^.{1,300} and 280 more$/);
  });
});

describe('a look-up', () => {
  it('finds a policy that the watch has not brought yet, once', async () => {
    const { policies, store, names, reads, metric } = policiesUnderTest(named('one'));
    store(() => named('one', 'new'));
    const sets = await Promise.all(
      Array.from({ length: 100 }, () => policies.lookUp('new', signal)),
    );
    expect(sets.every(({ byName }) => byName.has('new'))).toBe(true);
    expect(policies.current.references.has('new_token=new-secret/token/false')).toBe(true);
    expect(names()).toEqual(['new', 'one']);
    expect(reads()).toBe(1);
    expect(await metric('policy_look_ups_total{result="read"}'.replaceAll(/[{}]/g, '\\$&'))).toBe(
      1,
    );
  });

  it('gives what is in force where there is no such policy', async () => {
    const { policies, reads } = policiesUnderTest(named('one'));
    expect((await policies.lookUp('absent', signal)).byName.has('absent')).toBe(false);
    expect(reads()).toBe(1);
  });

  it('fails where policies cannot be read, and says why', async () => {
    const { policies, store, names } = policiesUnderTest(named('one'));
    store(() => {
      throw new Error('cannot list tokenpolicies: 403 Forbidden');
    });
    await expect(policies.lookUp('new', signal)).rejects.toMatchObject({
      name: 'PolicyUnavailable',
      message:
        'TokenPolicy new is not known and cannot be read: cannot list tokenpolicies: 403 Forbidden',
    });
    expect(names()).toEqual(['one']);
  });

  it('finds one that is not valid', async () => {
    const { policies, store } = policiesUnderTest();
    store(() => named('bad'));
    await expect(policies.lookUp('bad', signal)).rejects.toThrow('is not valid');
  });

  it.each([
    '',
    'a'.repeat(49),
    'UPPER',
    'a.b',
    '-a',
    'a/b',
    '../secrets',
    'a?watch=true',
    'a\n',
    '__proto__',
    'AIK_CANARY',
  ])('never asks for %j, which no policy can be called', async (name) => {
    const { policies, reads } = policiesUnderTest(named('one'));
    expect(await policies.lookUp(name, signal)).toBe(policies.current);
    expect(reads()).toBe(0);
  });

  it('does not change what the watch has, which may be newer', async () => {
    const { policies, store } = policiesUnderTest(new Map([['one', valid('one', 'newer')]]));
    store(() => named('one', 'new'));
    await policies.lookUp('new', signal);
    expect(policies.current.byName.get('one')?.spec.secret.name).toBe('newer');
  });

  it('is forgotten once the watch has had the time to bring it and has not', async () => {
    const { policies, store, names, clock } = policiesUnderTest(named('one'));
    store(() => named('one', 'short-lived'));
    await policies.lookUp('short-lived', signal);
    // Events from before it was created.
    policies.update(named('one', 'two'));
    expect(names()).toEqual(['one', 'short-lived', 'two']);
    await clock.pass(10_000);
    policies.update(named('one'));
    expect(names()).toEqual(['one']);
  });

  it('that fails does not matter where the watch has brought the policy meanwhile', async () => {
    const { policies, store } = policiesUnderTest(named('one'));
    const answer = Promise.withResolvers<PoliciesByName>();
    store(() => answer.promise);
    const [found, bad] = [policies.lookUp('new', signal), policies.lookUp('bad', signal)];
    bad.catch(() => undefined);
    policies.update(named('one', 'new', 'bad'));
    answer.reject(new Error('cannot list tokenpolicies: connect ECONNRESET'));
    expect((await found).byName.has('new')).toBe(true);
    await expect(bad).rejects.toThrow('TokenPolicy bad is not valid');
  });

  it('does not bring back for good what the watch removed before the answer came', async () => {
    const { policies, store, names, clock, metric } = policiesUnderTest(named('one'));
    const answer = Promise.withResolvers<PoliciesByName>();
    store(() => answer.promise);
    const asked = Promise.all([
      policies.lookUp('gone', signal),
      policies.lookUp('bad-gone', signal),
    ]);
    asked.catch(() => undefined);
    policies.update(named('one', 'gone', 'bad-gone'));
    policies.update(named('one'));
    answer.resolve(named('one', 'gone', 'bad-gone'));
    await expect(asked).rejects.toThrow('TokenPolicy bad-gone is not valid');
    expect(names()).toEqual(['gone', 'one']);
    expect(await metric('policies')).toBe(2);
    expect(await metric('policies_not_valid')).toBe(1);
    // No event ever tells again that they are gone.
    await clock.pass(10_000);
    expect(await metric('policies')).toBe(1);
    expect(await metric('policies_not_valid')).toBe(0);
    expect(policies.check()).toEqual({ name: 'policies', ok: true });
    expect(names()).toEqual(['one']);
    expect(policies.current.references.has('gone_token=gone-secret/token/false')).toBe(false);
    store(() => named('one'));
    expect((await policies.lookUp('gone', signal)).byName.has('gone')).toBe(false);
  });

  it('takes of what it read only what was asked for', async () => {
    const { policies, store, names } = policiesUnderTest(named('one'));
    store(() => named('one', 'new', 'deleted-just-now'));
    await policies.lookUp('new', signal);
    expect(names()).toEqual(['new', 'one']);
  });

  it('does not keep what an earlier one found, and what a later one misses is gone at once', async () => {
    const { policies, store, names, clock } = policiesUnderTest(named('one'));
    const next = async (name: string, ...stored: string[]) => {
      await clock.pass(5_000);
      store(() => named('one', ...stored));
      await policies.lookUp(name, signal);
    };
    await next('first', 'first');
    await next('second', 'first', 'second');
    expect(names()).toEqual(['first', 'one', 'second']);
    await clock.pass(5_000);
    expect(names()).toEqual(['one', 'second']);
    await policies.lookUp('third', signal);
    expect(names()).toEqual(['one', 'second']);
    await next('fourth', 'fourth');
    expect(names()).toEqual(['fourth', 'one']);
  });

  it('counts on while the watch, which would bring it, is cut off', async () => {
    const { policies, store, names, clock, watchIs } = policiesUnderTest(named('one'));
    store(() => named('one', 'new'));
    await policies.lookUp('new', signal);
    watchIs({ synced: true, connected: false, problem: 'connect ECONNREFUSED' });
    await clock.pass(60 * 60_000);
    expect(names()).toEqual(['new', 'one']);
    watchIs({ synced: true, connected: true, problem: undefined });
    expect(names()).toEqual(['one']);
  });

  it('leaves it to the watch to remove what it found', async () => {
    const { policies, store, names } = policiesUnderTest(named('one'));
    store(() => named('one', 'new'));
    await policies.lookUp('new', signal);
    policies.update(named('one', 'new'));
    policies.update(named('one'));
    expect(names()).toEqual(['one']);
  });
});

describe('readiness', () => {
  const problem = 'cannot list tokenpolicies: connect ECONNREFUSED';

  it('waits for the first sync, and says what for', async () => {
    const { readiness, watchIs } = policiesUnderTest();
    watchIs({ synced: false, connected: false, problem: undefined });
    expect(await readiness()).toBe('503 [-]policies failed: waiting for the API server');
    watchIs({ synced: false, connected: false, problem });
    expect(await readiness()).toBe(
      `503 [-]policies failed: waiting for the API server: ${problem}`,
    );
  });

  it('stays when the API server goes, and says so', async () => {
    const { readiness, watchIs, metric } = policiesUnderTest(named('one'));
    expect(await readiness()).toBe('200 [+]policies ok');
    expect(await metric('policies_watch_connected')).toBe(1);
    watchIs({ synced: true, connected: false, problem });
    expect(await readiness()).toBe(
      `200 [+]policies ok: not watched, the last known stay (1): ${problem}`,
    );
    expect(await metric('policies_watch_connected')).toBe(0);
  });
});
