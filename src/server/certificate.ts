import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';

/** A certificate with its key, PEM, that can serve. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  readonly validFrom: Date;
  readonly expires: Date;
}

/** What every connection must have at least; to be said again with each certificate, or it is lost. */
export const tlsFloor = { minVersion: 'TLSv1.2' } as const;

/** Certificate and key cannot serve; the message says why and holds nothing of either. */
class BadCertificate extends Error {
  override readonly name = 'BadCertificate';
}

/** Reads a certificate and its key from PEM; throws BadCertificate where they cannot serve together. */
export function readCertificate(cert: string, key: string): Certificate {
  const { validFromDate: validFrom, validToDate: expires, subjectAltName } = parse(cert);
  if (!subjectAltName)
    throw new BadCertificate(
      'the certificate has no subjectAltName, without which no API server accepts it',
    );
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    throw new BadCertificate(`the key cannot serve the certificate: ${opensslReason(error)}`);
  }
  return { cert, key, validFrom, expires };
}

/** Why a certificate cannot serve at this time, where that is so. */
export function validityProblem(
  { validFrom, expires }: Certificate,
  now: Date,
): string | undefined {
  if (expires <= now) return `expired at ${expires.toISOString()}`;
  return validFrom > now ? `is not valid before ${validFrom.toISOString()}` : undefined;
}

function parse(cert: string): X509Certificate {
  try {
    return new X509Certificate(cert);
  } catch (error) {
    throw new BadCertificate(`the certificate cannot be read: ${opensslReason(error)}`);
  }
}

// OpenSSL's own messages can quote what they choke on, its codes cannot.
function opensslReason(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
