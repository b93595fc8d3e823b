import { X509Certificate, createPrivateKey } from 'node:crypto';
import type { KeyPair } from './authority.ts';

/** What a certificate says of itself. */
export interface Certificate {
  /** SHA-256 of the certificate, which tells it from any other. */
  readonly fingerprint: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** DNS names and addresses, sorted. */
  readonly names: readonly string[];
}

/** Reads the first certificate of a PEM text; undefined where there is none that can be read. */
export function parseCertificate(pem: string): Certificate | undefined {
  const certificate = parse(pem);
  if (!certificate) return undefined;
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

/** Whether the time lies within the validity of the certificate. */
export function isValid(
  { notBefore, notAfter }: Pick<Certificate, 'notBefore' | 'notAfter'>,
  now: Date,
): boolean {
  return notBefore <= now && now < notAfter;
}

/** Whether a server can serve the certificate with its key at this time. */
export function isUsable({ certificate, key }: KeyPair, now: Date): boolean {
  const parsed = parseCertificate(certificate);
  return parsed !== undefined && isValid(parsed, now) && isKeyOf(key, certificate);
}

/** The certificates of a PEM text, each as a PEM text of its own; what is not one is left out. */
export function splitBundle(pem: string): string[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => `${block}\n`).filter((block) => parse(block) !== undefined);
}

/** Whether the CA signed the certificate; both PEM. */
export function isSignedBy(pem: string, authority: string): boolean {
  const certificate = parse(pem);
  const ca = parse(authority);
  if (!certificate || !ca) return false;
  return certificate.checkIssued(ca) && certificate.verify(ca.publicKey);
}

/** Whether the private key (PEM) is that of the certificate. */
export function isKeyOf(key: string, pem: string): boolean {
  try {
    return parse(pem)?.checkPrivateKey(createPrivateKey(key)) ?? false;
  } catch {
    return false;
  }
}

function parse(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}
