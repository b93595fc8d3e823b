import { configurationName } from '../../src/core/identity.ts';
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { BasicConstraintsExtension, X509CertificateGenerator } from '@peculiar/x509';
import { expect, it, onTestFinished } from 'vitest';
import { parsePolicy } from '../../src/core/policy/parse-policy.ts';
import { planRegistration } from '../../src/core/registration/registration-plan.ts';
import { policyText } from '../runtime/temporary-folder.ts';
import { accepted } from './api.ts';
import { describeCluster } from './suite.ts';

/** A CA as companies have them: a large key, and a long name. */
async function largeAuthority(): Promise<string> {
  const algorithm = {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    modulusLength: 4096,
    publicExponent: new Uint8Array([1, 0, 1]),
  };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const name =
    'C=DE, O=An Example Company with a Long Name, OU=Platform Engineering, CN=Internal Issuing CA of the Container Platform';
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name,
    keys,
    signingAlgorithm: algorithm,
    extensions: [new BasicConstraintsExtension(true, 0, true)],
  });
  return `${certificate.toString('pem')}\n`;
}

describeCluster('a webhook configuration as large as it may be', ({ api }) => {
  it('is stored with two large CAs in it, also when somebody else writes every entry too', async () => {
    const cas = [await largeAuthority(), await largeAuthority()];
    const policies = Array.from({ length: 300 }, (_, index) => {
      const name = `agent-${String(index).padStart(3, '0')}`;
      const parsed = parsePolicy(JSON.parse(policyText(name)));
      return { name, policy: parsed.ok ? parsed.policy : undefined };
    });
    const { webhooks, tooMany } = planRegistration(policies, [], {
      address: { service: { namespace: 'token-injector', name: 'token-injector-webhook' } },
      ownNamespace: 'token-injector',
      timeoutSeconds: 1,
      cas,
    });
    // It is the bytes that bound it.
    expect(tooMany.size).toBeGreaterThan(0);
    const configuration = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: { name: configurationName },
      webhooks,
    };
    onTestFinished(async () => void (await api.delete(configuration)));
    await accepted(api.apply(configuration, { force: true }));
    const other = { force: true, fieldManager: 'somebody-else' };
    const stored = await accepted(api.apply(configuration, other));
    expect(stored['webhooks']).toHaveLength(webhooks.length);
    expect(stored.metadata['managedFields']).toHaveLength(2);
    // And it is near the end: as many as there are policies do not fit.
    const [entry] = webhooks;
    const all = [
      ...webhooks,
      ...Array.from({ length: 60 }, (_, index) => ({
        ...entry!,
        name: `more-${index}.example.com`,
      })),
    ];
    expect(await api.apply({ ...configuration, webhooks: all }, { force: true })).toMatchObject({
      ok: false,
      status: 500,
    });
  });
});
