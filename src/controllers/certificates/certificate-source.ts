import { parseCertificate, readBundle } from '../../certificates/certificate.ts';
import { type CertManagerSettings, createCertManagerReconciler } from './cert-manager.ts';
import type { CertificateContext, CertificateState } from './certificate-state.ts';
import { type CertificateSettings, reconcileSelfSigned } from './self-signed.ts';

/** Where the webhook's certificate comes from. */
export interface CertificateSource {
  /** Names of the Secrets in our namespace that it depends on. */
  readonly secrets: readonly string[];
  reconcile(context: CertificateContext): Promise<CertificateState>;
}

/** The controller issues CA and certificate itself. */
export function createSelfSignedSource(settings: CertificateSettings): CertificateSource {
  return {
    secrets: [settings.caSecret, settings.tlsSecret],
    reconcile: (context) => reconcileSelfSigned({ ...context, settings }),
  };
}

/** cert-manager issues them. */
export function createCertManagerSource(settings: CertManagerSettings): CertificateSource {
  return {
    secrets: [settings.issuedSecret, settings.tlsSecret],
    reconcile: createCertManagerReconciler(settings),
  };
}

/** The certificate is unmanaged; `read` gives the CA certificates, PEM with whatever text between them. */
export function createFileSource(read: () => Promise<string>): CertificateSource {
  return {
    secrets: [],
    async reconcile() {
      // Nothing else of the file: a key may stand in it too, and many may read what it goes into.
      const cas = readBundle(await read());
      if (!cas)
        throw new Error('the CA file has no certificate in PEM, or one that cannot be read');
      return {
        cas,
        caExpires: parseCertificate(cas[0]!)?.notAfter,
      };
    },
  };
}
