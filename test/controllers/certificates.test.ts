import { describe, expect, it } from 'vitest';
import { type KeyPair, issueAuthority } from '../../src/certificates/authority.ts';
import { isSignedBy, splitBundle } from '../../src/certificates/certificate.ts';
import { isUsable } from '../../src/certificates/serving-certificate.ts';
import { propagationMs } from '../../src/certificates/ca-propagation.ts';
import {
  createFileSource,
  createSelfSignedSource,
} from '../../src/controllers/certificates/certificate-source.ts';
import { readData } from '../../src/controllers/certificates/ca-secret.ts';
import { resources } from '../../src/kube/client/resources.ts';
import {
  type RunningController,
  certificateSettings,
  clusterRole,
  day,
  minute,
  namespace,
  startController,
  tokenPolicy,
} from './controller-under-test.ts';

const hour = 60 * minute;
let controller: RunningController;

const secret = (name: string) => controller.api.stored(resources.secrets, name, namespace);
const served = () => ({
  certificate: readData(secret('token-injector-tls'), 'tls.crt')!,
  key: readData(secret('token-injector-tls'), 'tls.key')!,
});
const bundle = () =>
  splitBundle(atob(controller.configuration().webhooks[0]!.clientConfig.caBundle));
const isTrusted = () => bundle().some((ca) => isSignedBy(served().certificate, ca));
const isServable = (pair: KeyPair) => isUsable(pair, controller.now());
const refuseRegistration = () =>
  controller.api.refuse({
    status: 403,
    when: ({ kind, verb }) => kind === 'MutatingWebhookConfiguration' && verb === 'apply',
  });
const untilTrusted = () => controller.until(() => expect(isTrusted()).toBe(true));
const putTls = (data: Record<string, string>) =>
  controller.api.put({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'token-injector-tls', namespace },
    type: 'kubernetes.io/tls',
    data,
  });

describe('certificates of our own', () => {
  it('are made at the start, in Secrets that the ClusterRole owns', async () => {
    controller = startController([tokenPolicy('a')]);
    await untilTrusted();
    expect(isServable(served())).toBe(true);
    for (const name of ['token-injector-ca', 'token-injector-tls'])
      expect(secret(name)!.metadata.ownerReferences).toMatchObject([{ name: 'token-injector' }]);
    // The key of the CA is in no object but its Secret.
    expect(Object.keys(secret('token-injector-tls')!['data'] as object).toSorted()).toEqual([
      'ca.crt',
      'tls.crt',
      'tls.key',
    ]);
  });

  it('are found again by the controller that comes next', async () => {
    controller = startController([tokenPolicy('a')]);
    await untilTrusted();
    await controller.rest();
    const before = [secret('token-injector-ca'), secret('token-injector-tls')];
    await controller.stop();
    controller = startController([], { api: controller.api, clock: controller.clock });
    await controller.rest();
    expect([secret('token-injector-ca'), secret('token-injector-tls')]).toEqual(before);
  });

  it.each([
    ['deleted', () => controller.api.remove(resources.secrets, 'token-injector-tls', namespace)],
    ['emptied', () => void putTls({ 'tls.crt': '', 'tls.key': '' })],
    ['made garbage', () => void putTls({ 'tls.crt': btoa('garbage'), 'tls.key': btoa('garbage') })],
  ])('are made again when the TLS Secret was %s', async (_, spoil) => {
    controller = startController([tokenPolicy('a')]);
    await untilTrusted();
    const trusted = bundle();
    spoil();
    await untilTrusted();
    // Under the same CA, so that no API server has to learn of another one.
    expect(bundle()).toEqual(trusted);
  });

  it('change to a new CA that is trusted before it signs, when the CA Secret is lost', async () => {
    controller = startController([tokenPolicy('a')]);
    await untilTrusted();
    await controller.rest();
    const serving = served();
    const [old] = bundle();
    controller.api.remove(resources.secrets, 'token-injector-ca', namespace);
    await controller.until(() => expect(bundle()).toHaveLength(2));
    // Who serves the old certificate goes on being trusted.
    expect(served()).toEqual(serving);
    expect(bundle()).toContain(old);
    await controller.pass(certificateSettings.overlapMs);
    await controller.until(() => expect(served()).not.toEqual(serving));
    expect(isTrusted()).toBe(true);
    await controller.pass(certificateSettings.overlapMs);
    await controller.until(() => expect(bundle()).toHaveLength(1));
    expect(bundle()).not.toContain(old);
    expect(isTrusted()).toBe(true);
  });

  it('wait until the new CA has been registered for an overlap, however old it is by then', async () => {
    controller = startController([tokenPolicy('a')]);
    await untilTrusted();
    await controller.rest();
    const serving = served();
    const repair = refuseRegistration();
    controller.api.remove(resources.secrets, 'token-injector-ca', namespace);
    await controller.pass(3 * certificateSettings.overlapMs);
    expect(bundle()).toHaveLength(1);
    repair();
    await controller.until(() => expect(bundle()).toHaveLength(2));
    await controller.pass(certificateSettings.overlapMs - 10_000);
    expect(served()).toEqual(serving);
    // Whoever leads.
    await controller.stop();
    const { api, clock } = controller;
    controller = startController([], { api, clock });
    await controller.pass(15_000);
    await controller.until(() => expect(served()).not.toEqual(serving));
    expect(isTrusted()).toBe(true);
  });

  it('wait for API servers also where both Secrets are lost while nothing can be registered', async () => {
    controller = startController([tokenPolicy('a')]);
    await untilTrusted();
    await controller.rest();
    const repair = refuseRegistration();
    for (const name of ['token-injector-ca', 'token-injector-tls'])
      controller.api.remove(resources.secrets, name, namespace);
    await controller.pass(10 * minute);
    expect(secret('token-injector-tls')).toBeUndefined();
    repair();
    for (let calm = 0; bundle().length < 2; calm++) {
      expect(calm).toBeLessThan(10_000);
      await controller.pass(100);
    }
    await controller.pass(propagationMs - 200);
    expect(secret('token-injector-tls')).toBeUndefined();
    await controller.until(() => expect(isTrusted()).toBe(true));
  });

  it('change without a moment in which what webhooks serve is not trusted, when both Secrets are lost', async () => {
    controller = startController([tokenPolicy('a')]);
    await untilTrusted();
    await controller.rest();
    const first = served();
    const [old] = bundle();
    for (const name of ['token-injector-ca', 'token-injector-tls'])
      controller.api.remove(resources.secrets, name, namespace);
    // A webhook goes on with the old certificate until there is another one.
    let inService = first;
    const inTurn: string[] = [];
    for (let step = 0; step < 400; step++) {
      await controller.pass(100);
      if (secret('token-injector-tls')) inService = served();
      expect(bundle().some((ca) => isSignedBy(inService.certificate, ca))).toBe(true);
      if (inTurn.at(-1) !== inService.certificate) inTurn.push(inService.certificate);
    }
    expect(inTurn).toHaveLength(2);
    expect(isServable(inService)).toBe(true);
    await controller.pass(2 * certificateSettings.overlapMs);
    await controller.until(() => expect(bundle()).not.toContain(old));
    expect(isTrusted()).toBe(true);
  });

  it('are renewed in time, the API server trusting what is served at every moment', async () => {
    // The proportions of the defaults, in a day and a half.
    const settings = { ...certificateSettings, caDurationMs: 36 * hour, certDurationMs: 9 * hour };
    controller = startController([tokenPolicy('a')], {
      certificates: createSelfSignedSource(settings),
    });
    await untilTrusted();
    const [firstCa] = bundle();
    const first = served();
    const look = async () => {
      await controller.pass(minute);
      expect(isTrusted()).toBe(true);
    };
    await controller.pass(6 * hour);
    await controller.until(() => expect(served()).not.toEqual(first));
    expect(bundle()).toEqual([firstCa]);
    await controller.pass(17.5 * hour);
    for (let minutes = 0; minutes < 90; minutes++) await look();
    expect(bundle()).toHaveLength(2);
    await controller.pass(settings.certDurationMs);
    await controller.until(() => expect(bundle()).not.toContain(firstCa));
    expect(isTrusted()).toBe(true);
  });

  it.each([
    ['type', { type: 'Opaque' }],
    ['immutability', { type: 'kubernetes.io/tls', immutable: true }],
  ])('replace a Secret whose %s is in the way', async (_, change) => {
    controller = startController([tokenPolicy('a')]);
    await untilTrusted();
    const inTheWay = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'token-injector-tls', namespace },
      ...change,
    };
    const { uid } = controller.api.put(inTheWay).metadata;
    controller.api.remove(resources.secrets, 'token-injector-tls', namespace);
    const { metadata } = controller.api.put(inTheWay);
    expect(metadata.uid).not.toBe(uid);
    await untilTrusted();
    expect(secret('token-injector-tls')).toMatchObject({ type: 'kubernetes.io/tls' });
    expect(secret('token-injector-tls')!.metadata.uid).not.toBe(metadata.uid);
  });

  it('follow the owner, so that an uninstall takes them along', async () => {
    controller = startController([tokenPolicy('a')]);
    await untilTrusted();
    controller.api.remove(resources.clusterRoles, 'token-injector');
    const { metadata } = controller.api.put(clusterRole('token-injector'));
    await controller.until(() => {
      for (const name of ['token-injector-ca', 'token-injector-tls'])
        expect(secret(name)!.metadata.ownerReferences![0]!.uid).toBe(metadata.uid);
    });
  });
});

describe('certificates of somebody else', () => {
  const fromFile = (text: string) => ({
    certificates: createFileSource(() => Promise.resolve(text)),
  });

  it('are registered without the text around them, in whatever script that is', async () => {
    const life = { now: new Date('2026-01-01T00:00:00Z'), durationMs: 365 * day };
    const one = (await issueAuthority('one', life)).certificate;
    const two = (await issueAuthority('two', life)).certificate;
    const text = `# Zertifizierungsstelle für 東京\n${one}\n# — zweite\r\n${two}`;
    controller = startController([tokenPolicy('a')], fromFile(text));
    await controller.until(() => expect(controller.ready('a')[0]).toBe('True'));
    expect(bundle()).toEqual([one, two]);
    expect(atob(controller.configuration().webhooks[0]!.clientConfig.caBundle)).toBe(one + two);
  });

  it.each(['# none yet\n', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'])(
    'are not registered where the file has none that can be read',
    async (text) => {
      controller = startController([tokenPolicy('a')], fromFile(text));
      await controller.until(() => expect(controller.ready('a')[1]).toBe('NotRegistered'));
      expect(controller.ready('a')[2]).toContain('the CA file has no certificate in PEM');
      expect(controller.configuration()).toBeUndefined();
    },
  );
});
