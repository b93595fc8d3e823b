import { readFacts } from '../certificates/certificate-facts.ts';
import { type AdoptionSettings, adoptCertificates } from './adopt-certificates.ts';
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

/** cert-manager makes them, in a Secret of its own. */
export function certManagerCertificates(settings: AdoptionSettings): CertificateSource {
  return {
    secrets: [settings.issuedSecret, settings.tlsSecret],
    keep: adoptCertificates(settings),
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
