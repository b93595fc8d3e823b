import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { KeyPair } from './authority.ts';
import { type Certificate, describeCertificate } from './certificate.ts';

/** A certificate with its key, PEM, that a server can serve while it is valid. */
export interface ServingCertificate extends Certificate {
  readonly cert: string;
  readonly key: string;
}

/** Certificate and key cannot be served; the message says why and holds nothing of either. */
class BadCertificate extends Error {
  override readonly name = 'BadCertificate';
}

/** Reads a certificate and its key from PEM; throws BadCertificate where no server can serve them together. */
export function readServingCertificate(cert: string, key: string): ServingCertificate {
  const certificate = explain('the certificate cannot be read', () => new X509Certificate(cert));
  if (!certificate.subjectAltName)
    throw new BadCertificate(
      'the certificate has no subjectAltName, without which no API server accepts it',
    );
  explain('the key cannot serve the certificate', () => createSecureContext({ cert, key }));
  return { ...describeCertificate(certificate), cert, key };
}

/** Why a certificate is not valid at this time, where that is so. */
export function validityProblem(
  { notBefore, notAfter }: Pick<Certificate, 'notBefore' | 'notAfter'>,
  now: Date,
): string | undefined {
  if (notAfter <= now) return `expired at ${notAfter.toISOString()}`;
  return notBefore > now ? `is not valid before ${notBefore.toISOString()}` : undefined;
}

/** Whether a server can serve the certificate with its key at this time. */
export function isUsable({ certificate, key }: KeyPair, now: Date): boolean {
  try {
    return validityProblem(readServingCertificate(certificate, key), now) === undefined;
  } catch {
    return false;
  }
}

function explain<T>(problem: string, attempt: () => T): T {
  try {
    return attempt();
  } catch (error) {
    // OpenSSL's own messages can quote what they choke on, its codes cannot.
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new BadCertificate(`${problem}: ${reason}`);
  }
}
