import { issueAuthority, issueServingCertificate } from './authority.ts';

/** A certificate for development with the CA that signed it; PEM. The CA's key is not kept. */
export interface DevelopmentCertificate {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const dayMs = 24 * 60 * 60 * 1000;

/** Issues a certificate for the given DNS names and IP addresses, valid from `now` for `days`. */
export async function issueDevelopmentCertificate(
  names: readonly string[],
  now: Date,
  days = 90,
): Promise<DevelopmentCertificate> {
  const life = { now, durationMs: days * dayMs };
  const authority = await issueAuthority('token-injector development CA', life);
  const { certificate: cert, key } = await issueServingCertificate(authority, names, life);
  return { ca: authority.certificate, cert, key };
}
