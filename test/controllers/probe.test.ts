import { describe, expect, it } from 'vitest';
import { resources } from '../../src/kube/client/resources.ts';
import { type RunningController, startController, tokenPolicy } from './controller-under-test.ts';

let controller: RunningController;

const condition = (type: string) => {
  const { conditions } = controller.policy('agent').status!;
  const found = conditions.find((entry) => entry.type === type)!;
  return [found.status, found.reason, found.message] as const;
};

describe('the probe', () => {
  it('says whether the API server reaches the webhook, and why not', async () => {
    controller = startController([tokenPolicy('agent')]);
    await controller.until(() =>
      expect(condition('Reachable').slice(0, 2)).toEqual(['False', 'NotAnswered']),
    );
    controller.api.admitWith((object, { dryRun, kind }) =>
      dryRun && kind === 'ConfigMap' ? { ...object, data: { answered: 'token-injector' } } : object,
    );
    await controller.until(() =>
      expect(condition('Reachable').slice(0, 2)).toEqual(['True', 'Answered']),
    );
    controller.api.refuse({
      status: 500,
      reason: 'InternalError',
      message:
        'failed calling webhook "probe.token-injector.dev": failed to call webhook: connection refused',
      when: ({ kind }) => kind === 'ConfigMap',
    });
    await controller.until(() =>
      expect(condition('Reachable').slice(1)).toEqual([
        'NotAnswered',
        'The API server does not reach the webhook: connection refused: new pods start without their token, or are denied under enforce.missingToken: Deny, up to 1 s later for each policy that selects them.',
      ]),
    );
    // Less and less often, while nobody answers.
    controller.api.requests.length = 0;
    await controller.pass(60 * 60_000);
    expect(controller.api.requests.filter(({ kind }) => kind === 'ConfigMap').length).toBeLessThan(
      70,
    );
    // Switches nothing on or off.
    expect(controller.configuration().webhooks).toHaveLength(2);
    expect(controller.api.all(resources.configMaps)).toEqual([]);
  });

  it('leads with the cause, and shortens nothing else', async () => {
    controller = startController([tokenPolicy('agent')]);
    const { api } = controller;
    const message = `cannot create ConfigMap a/b: 500 InternalError: Internal error occurred: failed calling webhook "probe.token-injector.dev": ${'x'.repeat(2_000)}`;
    api.refuse({ status: 500, message, when: ({ kind }) => kind === 'ConfigMap' });
    const said = await controller.until(() => {
      expect(condition('Reachable')[2]).toContain('xxx');
      return condition('Reachable')[2];
    });
    expect(said).toMatch(
      /^The API server does not reach the webhook: x+\.{3}: new pods start without their token.*\.$/,
    );
    expect(said).toHaveLength(1024);
  });

  it.each([
    [500, 'failed calling webhook "other.example.com": connection refused'],
    [403, 'configmaps is forbidden: User "controller" cannot create resource "configmaps"'],
    [403, 'exceeded quota: one, requested: count/configmaps=1, used: 1, limited: 1'],
    [504, 'the server was unable to return a response in the time allotted'],
    [0, 'no answer within 30 s'],
  ])(
    'says what keeps it from finding out whether the webhook is reached: %s %s',
    async (code, message) => {
      controller = startController([tokenPolicy('agent')]);
      const { api } = controller;
      api.admitWith((object, { kind }) =>
        kind === 'ConfigMap' ? { ...object, data: { answered: 'token-injector' } } : object,
      );
      await controller.until(() => expect(condition('Reachable')[0]).toBe('True'));
      const repair = api.refuse({
        status: code,
        message,
        when: ({ kind }) => kind === 'ConfigMap',
      });
      await controller.until(() =>
        expect(condition('Reachable')).toEqual(['Unknown', 'ProbeBlocked', message]),
      );
      repair();
      await controller.until(() => expect(condition('Reachable')[0]).toBe('True'));
    },
  );
});
