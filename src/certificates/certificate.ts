import { X509Certificate } from 'node:crypto';

/** What a certificate says of itself. */
export interface Certificate {
  /** SHA-256 of the certificate, which identifies it. */
  readonly fingerprint: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** DNS names and addresses, sorted. */
  readonly names: readonly string[];
}

/** Reads the first certificate of a PEM text; undefined where there is none that can be read. */
export function parseCertificate(pem: string): Certificate | undefined {
  const certificate = parse(pem);
  return certificate && describeCertificate(certificate);
}

/** The same of a certificate that is read already. */
export function describeCertificate(certificate: X509Certificate): Certificate {
  return {
    fingerprint: certificate.fingerprint256,
    notBefore: certificate.validFromDate,
    notAfter: certificate.validToDate,
    names: (certificate.subjectAltName ?? '')
      .split(', ')
      .map((name) => name.replace(/^(DNS|IP Address):/, ''))
      .toSorted(),
  };
}

/** The certificates of a PEM text, each as a PEM text of its own; what is not one is left out. */
export function splitBundle(pem: string): string[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => `${block}\n`).filter((block) => parse(block) !== undefined);
}

/** The certificates of a PEM text that is to hold some; undefined where it holds none, or one that cannot be read. */
export function readBundle(pem: string): string[] | undefined {
  const certificates = splitBundle(pem);
  const begun = pem.split('-----BEGIN CERTIFICATE-----').length - 1;
  return certificates.length > 0 && certificates.length === begun ? certificates : undefined;
}

/** Whether the CA signed the certificate; both PEM. */
export function isSignedBy(pem: string, authority: string): boolean {
  const certificate = parse(pem);
  const ca = parse(authority);
  if (!certificate || !ca) return false;
  return certificate.checkIssued(ca) && certificate.verify(ca.publicKey);
}

function parse(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}
