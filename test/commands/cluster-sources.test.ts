import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { issueDevelopmentCertificate } from '../../src/certificates/development.ts';
import {
  certificateOfSecret,
  policiesOfCluster,
} from '../../src/commands/webhook/cluster-sources.ts';
import { type ServingWebhook, serveAdmission } from '../../src/commands/serving/serve-admission.ts';
import { KubeError, type KubeObject } from '../../src/kube/client/api.ts';
import { resources } from '../../src/kube/client/resources.ts';
import { fakeApi } from '../kube/fake-api.ts';
import { policyText } from '../runtime/temporary-folder.ts';
import { manualClock } from '../server/manual-clock.ts';
import { reviewOf, send } from '../server/webhook-under-test.ts';
import { operationsOf, podOf, soon } from './running-webhook.ts';
import { shownCertificate } from '../certificates/shown-certificate.ts';

const namespace = 'injector';
const hour = 60 * 60 * 1000;
const issue = (now = Date.now()) => issueDevelopmentCertificate(['localhost'], new Date(now));
const policy = (name: string, secret?: string) =>
  JSON.parse(policyText(name, secret)) as KubeObject;
const brokenPolicy = (name: string): KubeObject => ({
  ...policy(name),
  spec: { secret: {}, AIK_CANARY: 'AIK_CANARY' },
});
const base64 = (text: string) => Buffer.from(text).toString('base64');
const tlsSecret = (data: Record<string, string>, name = 'tls'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace },
  type: 'kubernetes.io/tls',
  data,
});
const pairSecret = ({ cert, key }: { cert: string; key: string }, name?: string) =>
  tlsSecret({ 'tls.crt': base64(cert), 'tls.key': base64(key) }, name);
const fingerprintOf = ({ cert }: { cert: string }) => new X509Certificate(cert).fingerprint256;

const open: ServingWebhook[] = [];
afterEach(async () => {
  for (const webhook of open.splice(0)) await webhook.drain(0);
});

/** A webhook of a cluster that is a fake. */
async function start(objects: readonly KubeObject[] = [], port = 0) {
  const api = fakeApi(objects);
  const clock = manualClock();
  const logged: Record<string, unknown>[] = [];
  const keep = (level: string) => (fields: object, message: string) =>
    void logged.push({ level, ...fields, message });
  const serve = async () => {
    const cluster = {
      api,
      delay: clock.delay,
      random: () => 0.5,
      now: () => new Date(Date.now() + clock.now()),
      elapsed: clock.now,
    };
    const webhook = await serveAdmission({
      policies: policiesOfCluster(cluster),
      certificate: certificateOfSecret(cluster, 'tls', namespace),
      ownNamespace: namespace,
      host: '127.0.0.1',
      port,
      healthPort: 0,
      log: { info: keep('info'), warn: keep('warn'), error: keep('error') },
    });
    open.push(webhook);
    const page = async (path: string) => {
      const answer = await fetch(`http://127.0.0.1:${webhook.healthPort}${path}`);
      return { status: answer.status, text: await answer.text() };
    };
    return {
      webhook,
      page,
      says: (path: string, text: string | RegExp) =>
        soon(`${path} to say ${text}`, async () => {
          const answer = await page(path);
          if (typeof text === 'string') expect(answer.text).toContain(text);
          else expect(answer.text).toMatch(text);
          return answer.status;
        }),
      ask: async (name: string) =>
        send(
          {
            port: await webhook.answering,
            path: `/mutate/${name}?timeout=5s`,
            method: 'POST',
            agent: false,
            rejectUnauthorized: false,
            headers: { 'content-type': 'application/json' },
          },
          JSON.stringify(reviewOf(podOf(name))),
        ),
      shown: async () => shownCertificate(await webhook.answering),
    };
  };
  return { api, clock, logged, serve };
}

describe('the certificate of a Secret', () => {
  it('is waited for, with health up, and served as soon as it has come', async () => {
    const { api, serve, logged } = await start([policy('one'), pairSecret(await issue(), 'other')]);
    const { webhook, says, ask, shown } = await serve();
    const waiting = '[-]certificate failed: waiting for Secret injector/tls';
    expect(await says('/readyz', `${waiting}: Secret injector/tls does not exist\n`)).toBe(503);
    await says('/livez', 'ok');
    await says('/readyz', '[-]serving failed: starting');
    await says('/metrics', 'token_injector_certificate_expiry_timestamp_seconds 0\n');
    api.put(tlsSecret({ 'tls.crt': '', 'tls.key': '' }));
    await says('/readyz', `${waiting}: Secret injector/tls has no tls.crt\n`);
    const first = await issue();
    api.put(pairSecret(first));
    expect(await webhook.answering).toBeGreaterThan(0);
    expect(await shown()).toBe(fingerprintOf(first));
    expect(operationsOf(await ask('one'))).toHaveLength(1);
    expect(await says('/readyz', 'readyz check passed')).toBe(200);
    expect(logged.map(({ message }) => message)).toContain('webhook ready');
  });

  it.each<[string, RegExp, (api: ReturnType<typeof fakeApi>) => void]>([
    ['deleted', /does not exist/, (api) => api.remove(resources.secrets, 'tls', namespace)],
    ['emptied', /has no tls\.crt/, (api) => api.put(tlsSecret({}))],
    [
      'half emptied',
      /has no tls\.crt/,
      (api) => api.put(tlsSecret({ 'tls.crt': '', 'tls.key': base64('AIK_CANARY') })),
    ],
    [
      'filled with garbage',
      /cannot be read/,
      (api) => api.put(tlsSecret({ 'tls.crt': base64('AIK_CANARY'), 'tls.key': 'AIK_CANARY' })),
    ],
  ])('that is %s leaves the old one in service, and says so', async (_, problem, spoil) => {
    const first = await issue();
    const { api, serve, logged } = await start([policy('one'), pairSecret(first)]);
    const { says, ask, shown, page } = await serve();
    expect(await shown()).toBe(fingerprintOf(first));
    spoil(api);
    const said = await says('/readyz', /\[\+\]certificate ok: not reloaded, the old one serves/);
    expect(said).toBe(200);
    expect((await page('/readyz')).text).toMatch(problem);
    expect((await page('/metrics')).text).toContain(
      'token_injector_certificate_last_reload_successful 0',
    );
    expect(await shown()).toBe(fingerprintOf(first));
    expect(operationsOf(await ask('one'))).toHaveLength(1);

    const second = await issue();
    api.put(pairSecret(second));
    await says('/readyz', '[+]certificate ok\n');
    expect(await shown()).toBe(fingerprintOf(second));
    const lines = logged.filter(({ message }) => /certificate/.test(message as string));
    expect(lines.map(({ message }) => message)).toEqual([
      'certificate loaded',
      'certificate not loaded, the old one stays',
      'certificate loaded',
    ]);
    expect(JSON.stringify(logged)).not.toMatch(/AIK_CANARY|BEGIN|LS0t/);
    expect((await page('/readyz')).text).not.toContain('AIK_CANARY');
  });

  it('that is not valid yet is served once it is', async () => {
    const { clock, serve } = await start([pairSecret(await issue(Date.now() + 3 * hour))]);
    const { says, webhook } = await serve();
    await says('/readyz', /waiting for Secret injector\/tls: the certificate is not valid before/);
    await clock.pass(4 * hour);
    expect(await webhook.answering).toBeGreaterThan(0);
  });

  it('is waited for while the API server is away, and nothing keeps the process from ending', async () => {
    const { api, serve, logged } = await start();
    const message = 'cannot list secrets in namespace injector: connect ECONNREFUSED';
    api.refuse({ status: 0, message });
    const { webhook, says } = await serve();
    await says('/readyz', `waiting for Secret injector/tls: ${message}\n`);
    await says('/readyz', /\[-\]policies failed: waiting for the API server: .*ECONNREFUSED/);
    // No time of draining: nobody was served.
    await webhook.drain(3_600_000);
    open.length = 0;
    expect(logged.at(-1)).toMatchObject({ message: 'webhook ended' });
    await expect(fetch(`http://127.0.0.1:${webhook.healthPort}/livez`)).rejects.toThrow(
      'fetch failed',
    );
  });
});

describe('the policies of a cluster', () => {
  it('take effect as they come, change and go', async () => {
    const { api, serve } = await start([policy('one'), pairSecret(await issue())]);
    const { ask, says } = await serve();
    expect(operationsOf(await ask('one'))).toHaveLength(1);
    api.put(policy('two'));
    await says('/metrics', /^token_injector_policies 2$/m);
    expect(operationsOf(await ask('two'))).toHaveLength(1);
    api.put(policy('two', 'another-secret'));
    await soon('the change', async () =>
      expect(JSON.stringify(operationsOf(await ask('two')))).toContain('another-secret'),
    );
    api.remove(resources.tokenPolicies, 'two');
    await says('/metrics', /^token_injector_policies 1$/m);
    expect(operationsOf(await ask('two'))).toEqual([]);
    // All but the last question was answered from memory.
    expect(api.requests.filter(({ kind }) => kind === 'TokenPolicy')).toEqual([
      { verb: 'list', kind: 'TokenPolicy' },
      { verb: 'watch', kind: 'TokenPolicy' },
      { verb: 'list', kind: 'TokenPolicy' },
    ]);
  });

  it('and do not parse fail alone', async () => {
    const objects = [policy('one'), brokenPolicy('two'), pairSecret(await issue())];
    const { api, serve, logged } = await start(objects);
    const { ask, says } = await serve();
    expect(await ask('two')).toMatchObject({
      status: 500,
      text: 'token-injector: TokenPolicy two is not valid and decides nothing: see kubectl describe tp two\n',
    });
    expect(operationsOf(await ask('one'))).toHaveLength(1);
    expect(await says('/readyz', 'not valid, see kubectl describe tp: two')).toBe(200);
    const told = () => logged.filter(({ message }) => /not valid/.test(message as string));
    expect(told()).toHaveLength(1);
    // The status is not the policy.
    api.put({ ...brokenPolicy('two'), status: { observedGeneration: 1 } });
    api.put(policy('three'));
    await says('/metrics', /^token_injector_policies 2$/m);
    expect(told()).toHaveLength(1);
    api.put(policy('two'));
    await soon('the mended policy', async () =>
      expect(operationsOf(await ask('two'))).toHaveLength(1),
    );
    expect(JSON.stringify(logged)).not.toContain('AIK_CANARY');
  });

  it('are looked up before the first sync, and while the watch is away', async () => {
    const { api, serve, clock } = await start([policy('one'), pairSecret(await issue())]);
    const comesBack = api.refuse({
      status: 500,
      when: ({ verb, kind }) => verb === 'watch' && kind === 'TokenPolicy',
    });
    const { ask, says } = await serve();
    await says('/readyz', /\[\+\]policies ok: not watched, the last known stay \(1\)/);
    api.put(policy('two'));
    expect(operationsOf(await ask('two'))).toHaveLength(1);
    comesBack();
    await clock.pass(60_000);
    await says('/readyz', '[+]policies ok\n');
    expect(operationsOf(await ask('two'))).toHaveLength(1);
  });

  it('stay in force while the API server is away; one that is not known fails then', async () => {
    const { api, serve } = await start([policy('one'), pairSecret(await issue())]);
    const { ask, says } = await serve();
    await says('/readyz', '[+]policies ok\n');
    const message = 'cannot list tokenpolicies: connect ECONNREFUSED';
    api.refuse({ status: 0, message });
    api.cutWatches(new KubeError(0, 'ECONNRESET', 'the connection was cut'));
    await says('/readyz', '[+]policies ok: not watched');
    expect(operationsOf(await ask('one'))).toHaveLength(1);
    expect(await ask('new')).toMatchObject({
      status: 500,
      text: `token-injector: TokenPolicy new is not known and cannot be read: ${message}\n`,
    });
  });

  it('are not asked for names that none can have', async () => {
    const { api, serve } = await start([pairSecret(await issue())]);
    const { ask, says } = await serve();
    await says('/readyz', '[+]policies ok\n');
    api.requests.length = 0;
    expect(operationsOf(await ask('kube-system.secrets'))).toEqual([]);
    expect(api.requests).toEqual([]);
  });
});

it('a port that is taken ends all of it, and is told', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const { serve } = await start([pairSecret(await issue())], port);
  const { webhook } = await serve();
  await expect(webhook.answering).rejects.toThrow(`cannot listen on port ${port}`);
  await expect(fetch(`http://127.0.0.1:${webhook.healthPort}/livez`)).rejects.toThrow(
    'fetch failed',
  );
  open.length = 0;
  taken.close();
});
