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

/**
 * cert-manager keeps the Secret; we tell the API server of the CA that it names, and of the one before it, since
 * replicas of the webhook serve the old certificate for a moment longer.
 */
export function certManagerCertificates(namespace: string, secret: string): CertificateSource {
  // Of what was registered only the start counts: whatever is put in there later is not cert-manager's.
  let before: readonly string[] | undefined;
  return {
    secrets: [secret],
    async keep({ api, clock, registered }) {
      const found = await api.get(resources.secrets, secret, namespace);
      const current = splitBundle(readData(found, 'ca.crt') ?? '');
      if (current.length === 0) {
        throw new Error(
          `Secret ${namespace}/${secret} has no ca.crt: see the status of the Certificate that cert-manager makes it from; an issuer that gives no CA needs certificates.source: file`,
        );
      }
      const now = clock.now();
      const isPrevious = (pem: string) => !current.includes(pem) && readFacts(pem)!.notAfter > now;
      const previous = (before ?? splitBundle(registered)).find(isPrevious);
      before = [...current, ...(previous === undefined ? [] : [previous])];
      return {
        bundle: before.join(''),
        caExpires: readFacts(current[0]!)?.notAfter,
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
