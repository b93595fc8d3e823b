import { readFacts, splitBundle } from '../../certificates/certificate-facts.ts';
import { type AdoptionSettings, adoptCertificates } from './issued-certificate.ts';
import type { CertificateContext, CertificateState } from './certificate-state.ts';
import { type CertificateSettings, keepCertificates } from './self-signed.ts';

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

/** cert-manager makes them, in a Secret of its own. */
export function certManagerCertificates(settings: AdoptionSettings): CertificateSource {
  return {
    secrets: [settings.issuedSecret, settings.tlsSecret],
    keep: adoptCertificates(settings),
  };
}

/** Somebody else keeps the certificate; `read` gives the CA certificates, PEM with whatever text between them. */
export function foreignCertificates(read: () => Promise<string>): CertificateSource {
  return {
    secrets: [],
    async keep() {
      const text = await read();
      // Nothing else of the file: a key may stand in it too, and many may read what it goes into.
      const certificates = splitBundle(text);
      const blocks = text.split('-----BEGIN CERTIFICATE-----').length - 1;
      if (blocks === 0 || certificates.length < blocks)
        throw new Error('the CA file has no certificate in PEM, or one that cannot be read');
      return { bundle: certificates.join(''), caExpires: readFacts(certificates[0]!)?.notAfter };
    },
  };
}
