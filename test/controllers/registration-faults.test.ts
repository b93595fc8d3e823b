import { describe, expect, it } from 'vitest';
import { fenceWrites } from '../../src/controllers/manager/write-fence.ts';
import { KubeError } from '../../src/kube/client/api.ts';
import { resources } from '../../src/kube/client/resources.ts';
import { fakeApi } from '../kube/fake-api.ts';
import { refuse, clusterRole, startController, tokenPolicy } from './controller-under-test.ts';

describe('a registration that cannot be written', () => {
  it('is not held up by one object that cannot be written', async () => {
    const controller = startController([
      tokenPolicy('a', refuse),
      tokenPolicy('b', refuse),
      tokenPolicy('c'),
    ]);
    const { api } = controller;
    api.refuse({
      status: 422,
      message: 'the expression is too costly',
      when: ({ verb, name }) => verb === 'apply' && name === 'token-injector-a',
    });
    await controller.until(() =>
      expect(controller.ready('a').slice(1)).toEqual([
        'NotRegistered',
        'the expression is too costly',
      ]),
    );
    await controller.until(() =>
      expect([controller.ready('b')[0], controller.ready('c')[0]]).toEqual(['True', 'True']),
    );
    // By now it is tried again rarely.
    await controller.pass(20 * 60_000);
    api.remove(resources.tokenPolicies, 'c');
    await controller.pass(3_000);
    expect(controller.entries()).not.toContain('c.token-injector.dev');
    api.remove(resources.mutatingWebhookConfigurations, 'token-injector');
    await controller.pass(3_000);
    expect(controller.entries()).toContain('b.token-injector.dev');
  });

  it('is tried again after errors without spinning, and says why it is not in force', async () => {
    const controller = startController([tokenPolicy('a')]);
    const repaired = controller.api.refuse({
      status: 403,
      reason: 'Forbidden',
      message: 'no right to apply',
      when: ({ kind, verb }) => kind === 'MutatingWebhookConfiguration' && verb === 'apply',
    });
    await controller.until(() =>
      expect(controller.ready('a').slice(1)).toEqual(['NotRegistered', 'no right to apply']),
    );
    controller.api.requests.length = 0;
    await controller.pass(60 * 60_000);
    const applies = controller.api.requests.filter(
      ({ kind, verb }) => kind === 'MutatingWebhookConfiguration' && verb === 'apply',
    );
    expect(applies.length).toBeLessThan(30);
    repaired();
    // The longest pause between two tries.
    await controller.pass(5 * 60_000);
    await controller.until(() => expect(controller.ready('a')[0]).toBe('True'));
  });

  it('asks next to nothing at rest', async () => {
    const controller = startController([tokenPolicy('a', refuse), tokenPolicy('b')]);
    await controller.until(() => expect(controller.ready('a')[0]).toBe('True'));
    await controller.rest();
    controller.api.requests.length = 0;
    await controller.pass(60 * 60_000);
    const { requests } = controller.api;
    // The probe, once a minute.
    expect(requests.filter(({ verb }) => verb === 'create').length).toBeLessThanOrEqual(61);
    // Every ten minutes whether everything is as it was.
    expect(requests.filter(({ verb }) => verb === 'get').length).toBeLessThanOrEqual(30);
    expect(requests.filter(({ verb }) => !['create', 'get'].includes(verb))).toEqual([]);
  });

  it.each(['apply', 'replace'])(
    'says what is wrong with its own writes, however often they fail: %s',
    async (verb) => {
      const controller = startController([tokenPolicy('a', refuse)]);
      await controller.until(() => expect(controller.ready('a')[0]).toBe('True'));
      const { api } = controller;
      const repaired = api.refuse({
        status: 403,
        reason: 'Forbidden',
        message: `no right to ${verb}`,
        when: (request) => request.verb === verb && request.name === 'token-injector-a',
      });
      // What somebody adds takes a replace.
      const name = 'token-injector-a';
      const live = api.stored(resources.validatingAdmissionPolicies, name)!;
      api.put({ ...live, spec: { ...(live['spec'] as object), auditAnnotations: [{ key: 'x' }] } });
      for (let seconds = 0; seconds < 30; seconds++) {
        api.put(tokenPolicy(`other-${seconds}`));
        await controller.pass(1_000);
      }
      expect(controller.ready('a').slice(1)).toEqual(['NotRegistered', `no right to ${verb}`]);
      repaired();
      await controller.until(() => expect(controller.ready('a')[0]).toBe('True'));
    },
  );

  it('goes on after lost watches, conflicts, too many requests and an API server that is unavailable', async () => {
    const controller = startController([tokenPolicy('a')]);
    await controller.until(() => expect(controller.ready('a')[0]).toBe('True'));
    const { api } = controller;
    api.cutWatches();
    api.put(tokenPolicy('b'));
    await controller.until(() => expect(controller.ready('b')[0]).toBe('True'));
    api.expireVersions();
    api.cutWatches(new KubeError(0, 'ECONNRESET', 'connection reset'));
    api.put(tokenPolicy('c'));
    await controller.until(() => expect(controller.ready('c')[0]).toBe('True'));
    const isWrite = ({ verb }: { verb: string }) => verb === 'apply';
    api.refuse({ status: 409, reason: 'Conflict', times: 2, when: isWrite });
    api.refuse({ status: 429, reason: 'TooManyRequests', times: 2, when: isWrite });
    api.put(tokenPolicy('d'));
    await controller.until(() => expect(controller.ready('d')[0]).toBe('True'));
    const back = api.refuse({ status: 0 });
    api.cutWatches(new KubeError(0, 'ECONNREFUSED', 'connection refused'));
    api.put(tokenPolicy('e'));
    api.requests.length = 0;
    await controller.pass(10 * 60_000);
    // Some dozen lists that each try again about every half minute at last.
    expect(api.requests.length).toBeLessThan(600);
    back();
    await controller.until(() => expect(controller.ready('e')[0]).toBe('True'));
  });

  it('writes nothing once its time is over', async () => {
    const api = fakeApi([clusterRole('token-injector'), tokenPolicy('a')]);
    const controller = startController([], { api });
    await controller.stop();
    const before = api.requests.length;
    await controller.pass(60_000);
    expect(api.requests.slice(before)).toEqual([]);
    const over = new AbortController();
    const guarded = fenceWrites(api, over.signal);
    over.abort();
    await expect(guarded.apply(resources.tokenPolicies, tokenPolicy('b'))).rejects.toThrow(
      'aborted',
    );
    await expect(guarded.delete(resources.tokenPolicies, 'a')).rejects.toThrow('aborted');
    expect(api.requests.slice(before)).toEqual([]);
    // Reading harms nobody.
    expect(await guarded.get(resources.tokenPolicies, 'a')).toBeDefined();
  });
});
