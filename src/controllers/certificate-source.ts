import { readFacts, splitBundle } from '../certificates/certificate-facts.ts';
import { resources } from '../kube/resources.ts';
import { readData } from './authority-secret.ts';
import type { CertificateContext, CertificateState } from './certificate-state.ts';
import { type CertificateSettings, keepCertificates } from './keep-certificates.ts';

/** Where the webhook's certificate comes from. */
export interface CertificateSource {
  /** Names of the Secrets in our namespace that it depends on. */
  readonly secrets: readonly string[];
  keep(context: CertificateContext): Promise<CertificateState>;
}

/** CA and certificate of our own. */
export function ownCertificates(settings: CertificateSettings): CertificateSource {
  return {
    secrets: [settings.caSecret, settings.tlsSecret],
    keep: (context) => keepCertificates({ ...context, settings }),
  };
}

/** cert-manager keeps the Secret; we tell the API server of the CA that it names, and of the one before. */
export function certManagerCertificates(namespace: string, secret: string): CertificateSource {
  return {
    secrets: [secret],
    async keep({ api, clock, registered }) {
      const found = await api.get(resources.secrets, secret, namespace);
      const ca = splitBundle(readData(found, 'ca.crt') ?? '');
      if (ca.length === 0) {
        throw new Error(
          `Secret ${namespace}/${secret} has no ca.crt: see the status of the Certificate that cert-manager makes it from; an issuer that gives no CA needs certificates.source: file`,
        );
      }
      const now = clock.now();
      // Replicas of the webhook serve the old certificate for a moment longer.
      const before = splitBundle(registered).filter(
        (pem) => !ca.includes(pem) && readFacts(pem)!.notAfter > now,
      );
      return {
        bundle: [...ca, ...before.slice(0, 2)].join(''),
        caExpires: readFacts(ca[0]!)?.notAfter,
        leafExpires: readFacts(readData(found, 'tls.crt') ?? '')?.notAfter,
      };
    },
  };
}

/** Somebody else keeps the certificate; `read` gives the CA certificates, PEM. */
export function foreignCertificates(read: () => Promise<string>): CertificateSource {
  return {
    secrets: [],
    async keep() {
      const bundle = await read();
      return { bundle, caExpires: readFacts(bundle)?.notAfter };
    },
  };
}
