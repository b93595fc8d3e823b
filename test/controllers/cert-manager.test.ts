import { describe, expect, it } from 'vitest';
import {
  type KeyPair,
  backdatedMs,
  issueAuthority,
  issueServingCertificate,
} from '../../src/certificates/authority.ts';
import { isSignedBy, splitBundle } from '../../src/certificates/certificate.ts';
import { propagationMs } from '../../src/certificates/ca-propagation.ts';
import { readData } from '../../src/controllers/certificates/ca-secret.ts';
import { createCertManagerSource } from '../../src/controllers/certificates/certificate-source.ts';
import { resources } from '../../src/kube/client/resources.ts';
import {
  type RunningController,
  certificateSettings,
  clusterRole,
  day,
  namespace,
  startController,
  tokenPolicy,
} from './controller-under-test.ts';

const overlapMs = propagationMs;
const issuedSecret = 'token-injector-issued';
const fromCertManager = () => ({
  certificates: createCertManagerSource({
    namespace,
    issuedSecret,
    tlsSecret: 'token-injector-tls',
  }),
});

let controller: RunningController;

const secret = (name: string) => controller.api.stored(resources.secrets, name, namespace);
const served = () => ({
  certificate: readData(secret('token-injector-tls'), 'tls.crt'),
  key: readData(secret('token-injector-tls'), 'tls.key'),
});
const bundle = () =>
  splitBundle(atob(controller.configuration().webhooks[0]!.clientConfig.caBundle));
const putIssued = (data: Record<string, string>) =>
  controller.api.put({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: issuedSecret, namespace },
    type: 'kubernetes.io/tls',
    data,
  });
/** Does what cert-manager does: CA, certificate and key in one write. */
const issue = async (authority: KeyPair, others = '', delayMs = 0) => {
  const serving = await issueServingCertificate(
    authority,
    certificateSettings.names,
    life(90, delayMs),
  );
  putIssued({
    'ca.crt': btoa(authority.certificate + others),
    'tls.crt': btoa(serving.certificate),
    'tls.key': btoa(serving.key),
  });
  return serving;
};
const isTrusted = () => bundle().some((ca) => isSignedBy(served().certificate!, ca));
/** Starts with a certificate of a CA in service. */
const inService = async () => {
  const authority = await issueCa();
  controller = startController([tokenPolicy('a')], fromCertManager());
  const serving = await issue(authority);
  await controller.until(() => {
    expect(served()).toEqual(serving);
    expect(bundle()).toEqual([authority.certificate]);
  });
  return { authority, serving };
};

describe('certificates of cert-manager', () => {
  it.each([
    ['has no ca.crt', {}],
    ['has no valid certificate with its key', { 'tls.crt': btoa('garbage'), 'tls.key': btoa('x') }],
  ])('are waited for, with a word on what is missing: %s', async (problem, data) => {
    controller = startController([tokenPolicy('a')], fromCertManager());
    const ca = problem === 'has no ca.crt' ? {} : { 'ca.crt': btoa((await issueCa()).certificate) };
    putIssued({ ...ca, ...data });
    await controller.until(() => expect(controller.problems.join()).toContain(problem));
    expect(controller.configuration()).toBeUndefined();
    expect(secret('token-injector-tls')).toBeUndefined();
  });

  it('are waited for while they are not valid yet', async () => {
    const authority = await issueCa();
    controller = startController([tokenPolicy('a')], fromCertManager());
    // Valid from a day after the start.
    const serving = await issue(authority, '', day + backdatedMs);
    await controller.until(() => expect(controller.problems.join()).toContain('no valid'));
    expect(secret('token-injector-tls')).toBeUndefined();
    await controller.pass(day);
    await controller.until(() => expect(served()).toEqual(serving));
    expect(bundle()).toEqual([authority.certificate]);
  });

  it('reach the webhooks in a Secret of ours, with the CA in the registration', async () => {
    const { authority } = await inService();
    expect(secret('token-injector-tls')).toMatchObject({
      type: 'kubernetes.io/tls',
      metadata: { ownerReferences: [{ name: 'token-injector' }] },
      data: { 'ca.crt': btoa(authority.certificate) },
    });
  });

  it('are renewed at once under the same CA', async () => {
    const { authority } = await inService();
    await controller.rest();
    const serving = await issue(authority);
    await controller.pass(1_000);
    expect(served()).toEqual(serving);
    expect(bundle()).toEqual([authority.certificate]);
  });

  it('of a new CA are in service only after an overlap, and the CA before stays', async () => {
    const { authority, serving } = await inService();
    await controller.rest();
    const another = await issueCa();
    const next = await issue(another);
    await controller.pass(overlapMs - 2_000);
    expect(bundle()).toEqual([another.certificate, authority.certificate]);
    expect(served()).toEqual(serving);
    await controller.until(() => expect(served()).toEqual(next));
    await controller.rest();
    expect(bundle()).toEqual([another.certificate, authority.certificate]);
    // Whatever else somebody puts in there is no CA of cert-manager's.
    const rogue = await issueCa();
    const { metadata, webhooks, ...rest } = controller.configuration();
    const edited = webhooks.map((entry) => ({
      ...entry,
      clientConfig: { ...entry.clientConfig, caBundle: btoa(rogue.certificate) },
    }));
    controller.api.put({ ...rest, metadata, webhooks: edited });
    await controller.until(() =>
      expect(bundle()).toEqual([another.certificate, authority.certificate]),
    );
  });

  it('change without a moment in which what webhooks serve is not trusted, whoever leads', async () => {
    const { serving } = await inService();
    await controller.rest();
    const inTurn = [serving.certificate];
    const look = async (steps: number) => {
      for (let step = 0; step < steps; step++) {
        await controller.pass(100);
        await new Promise((resolve) => setTimeout(resolve, 1));
        expect(isTrusted()).toBe(true);
        if (inTurn.at(-1) !== served().certificate) inTurn.push(served().certificate!);
      }
    };
    await issue(await issueCa());
    await look(overlapMs / 100 - 20);
    await controller.stop();
    const third = await issue(await issueCa());
    const { api, clock } = controller;
    controller = startController([], { ...fromCertManager(), api, clock });
    // It cannot know for how long the API server has known.
    await look(overlapMs / 100 - 20);
    expect(inTurn).toEqual([serving.certificate]);
    await look(300);
    expect(inTurn).toEqual([serving.certificate, third.certificate]);
  });

  it('are taken over from what our own CA signed, with an overlap', async () => {
    controller = startController([tokenPolicy('a')]);
    await controller.until(() => expect(isTrusted()).toBe(true));
    await controller.rest();
    await controller.stop();
    const own = served();
    const { api, clock } = controller;
    controller = startController([], { ...fromCertManager(), api, clock });
    const serving = await issue(await issueCa());
    await controller.pass(overlapMs - 2_000);
    expect(served()).toEqual(own);
    expect(bundle()).toHaveLength(2);
    await controller.until(() => expect(served()).toEqual(serving));
    expect(isTrusted()).toBe(true);
  });

  it('of a new CA that comes beside the old one wait in the same way', async () => {
    const { authority, serving } = await inService();
    await controller.rest();
    const another = await issueCa();
    const next = await issue(another, authority.certificate);
    await controller.pass(overlapMs - 2_000);
    expect(bundle()).toEqual([another.certificate, authority.certificate]);
    expect(served()).toEqual(serving);
    await controller.until(() => expect(served()).toEqual(next));
  });

  it('are put back at once where the Secret of ours is lost', async () => {
    const { serving } = await inService();
    await controller.rest();
    controller.api.remove(resources.secrets, 'token-injector-tls', namespace);
    await controller.until(() => expect(served()).toEqual(serving));
  });

  it.each(['a CA of somebody else', 'the key of another certificate'])(
    'are put back at once where the Secret of ours has %s',
    async (what) => {
      const { authority, serving } = await inService();
      await controller.rest();
      const { certificate, key } = await issueCa();
      const spoilt = secret('token-injector-tls')!;
      const data = spoilt['data'] as Record<string, string>;
      const change =
        what === 'a CA of somebody else'
          ? { 'ca.crt': btoa(authority.certificate + certificate) }
          : { 'tls.key': btoa(key) };
      controller.api.put({ ...spoilt, data: { ...data, ...change } });
      await controller.until(() => expect(secret('token-injector-tls')!['data']).toEqual(data));
      await controller.rest();
      expect(served()).toEqual(serving);
      expect(bundle()).toEqual([authority.certificate]);
    },
  );

  it('leave every CA in the registration that webhooks may still serve under', async () => {
    const { authority } = await inService();
    await controller.rest();
    await controller.stop();
    const rolled = (await issueCa()).certificate;
    const { metadata, webhooks, ...rest } = controller.configuration();
    const both = webhooks.map((entry) => ({
      ...entry,
      clientConfig: { ...entry.clientConfig, caBundle: btoa(authority.certificate + rolled) },
    }));
    controller.api.put({ ...rest, metadata, webhooks: both });
    const { api, clock } = controller;
    controller = startController([], { ...fromCertManager(), api, clock });
    const another = await issueCa();
    const next = await issue(another);
    await controller.until(() => expect(served()).toEqual(next));
    expect(bundle()).toEqual([another.certificate, authority.certificate, rolled]);
  });

  it('go on where cert-manager lost what it issued, and a new leader says so', async () => {
    const { authority, serving } = await inService();
    await controller.rest();
    await controller.stop();
    controller.api.remove(resources.secrets, issuedSecret, namespace);
    const { api, clock } = controller;
    controller = startController([], { ...fromCertManager(), api, clock });
    api.put(tokenPolicy('b'));
    await controller.until(() => expect(controller.ready('b')[0]).toBe('True'));
    expect(controller.problems.join()).toContain(`${issuedSecret} has no ca.crt`);
    expect(served()).toEqual(serving);
    expect(bundle()).toEqual([authority.certificate]);
  });

  it('wait without asking where the registration is paused', async () => {
    const { serving } = await inService();
    await controller.rest();
    const { metadata, ...rest } = controller.configuration();
    const annotations = { 'token-injector.dev/paused': 'true' };
    controller.api.put({ ...rest, metadata: { ...metadata, annotations } });
    await controller.rest();
    const next = await issue(await issueCa());
    await controller.pass(5_000);
    const before = controller.api.requests.length;
    await controller.pass(60_000);
    const asked = controller.api.requests.slice(before).filter(({ verb }) => verb === 'get');
    expect(asked.length).toBeLessThanOrEqual(2);
    expect(served()).toEqual(serving);
    const { metadata: paused, ...now } = controller.configuration();
    controller.api.put({ ...now, metadata: { ...paused, annotations: {} } });
    await controller.until(() => expect(served()).toEqual(next));
  });

  it('follow the owner, so that an uninstall takes them along', async () => {
    await inService();
    controller.api.remove(resources.clusterRoles, 'token-injector');
    const { metadata } = controller.api.put(clusterRole('token-injector'));
    await controller.until(() =>
      expect(secret('token-injector-tls')!.metadata.ownerReferences![0]!.uid).toBe(metadata.uid),
    );
  });
});

function life(days: number, delayMs = 0) {
  const now = new Date(Date.parse('2026-01-01T00:00:00Z') + delayMs);
  return { now, durationMs: days * day };
}

function issueCa(): Promise<KeyPair> {
  return issueAuthority('cert-manager', life(365));
}
