import { type KeyPair, backdatedMs } from './authority.ts';
import { isSignedBy, parseCertificate } from './certificate.ts';
import { propagationMs } from './ca-propagation.ts';
import { isUsable, validityProblem } from './serving-certificate.ts';

/** A CA that the API server is to trust. */
export interface Authority {
  /** PEM. */
  readonly certificate: string;
  /** PEM; absent where only the certificate is left of it. */
  readonly key?: string;
  /** Since when it is in the webhook's registration; absent while it is not. */
  readonly registered?: Date;
}

/** The CAs and the serving certificate that there are. */
export interface CertificatesState {
  /** The oldest first. */
  readonly authorities: readonly Authority[];
  readonly serving: KeyPair | undefined;
}

/** How certificates are to be; times in milliseconds. */
export interface RenewalSettings {
  readonly caDurationMs: number;
  readonly certDurationMs: number;
  /** How long an API server may take to trust a new CA, or a webhook to serve a new serving certificate. */
  readonly overlapMs: number;
  /** The names that the serving certificate is for. */
  readonly names: readonly string[];
}

/** What is to be done now. A new CA comes first: everything else is to be judged again with it. */
export interface RenewalPlan {
  readonly issueAuthority: boolean;
  /** The CA that is to sign a new serving certificate; undefined while the serving certificate is good. */
  readonly signer: Authority | undefined;
  /** CAs that no serving certificate needs any more. */
  readonly prune: readonly Authority[];
  /** When to look again. */
  readonly next: Date;
}

interface ParsedAuthority extends Authority {
  readonly fingerprint: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** The CAs with the time since when they are registered, where the registration has the given ones (PEM) now. */
export function noteRegistered(
  authorities: readonly Authority[],
  registered: readonly string[],
  now: Date,
): Authority[] {
  const fingerprints = new Set(registered.map((pem) => parseCertificate(pem)?.fingerprint));
  return authorities.map((authority) => {
    const isRegistered = fingerprints.has(parseCertificate(authority.certificate)?.fingerprint);
    if (isRegistered === (authority.registered !== undefined)) return authority;
    const { registered: _, ...others } = authority;
    return isRegistered ? { ...others, registered: now } : others;
  });
}

/**
 * Decides what is due. The API server learns of a CA one overlap before it signs, and trusts it until no serving
 * certificate of it can be served any more; a CA whose key is lost goes one overlap after the serving certificate
 * changed. Both kinds are replaced after two thirds of their life.
 */
export function planRenewal(
  { authorities, serving }: CertificatesState,
  settings: RenewalSettings,
  now: Date,
): RenewalPlan {
  const trusted = authorities
    .flatMap(parseAuthority)
    .filter((authority) => validityProblem(authority, now) === undefined);
  const newest = trusted.findLast(({ key }) => key !== undefined);
  const caRenewal = ({ notAfter }: ParsedAuthority) => before(notAfter, settings.caDurationMs / 3);
  if (!newest || caRenewal(newest) <= now)
    return { issueAuthority: true, signer: undefined, prune: [], next: now };

  const current = serving && usableCertificate(serving, trusted, settings.names, now);
  if (!current) return planWithoutCertificate(trusted, settings, now);
  const { issuer } = current;
  const propagated = registeredFor(settings.overlapMs, trusted, now);
  if (propagated && trusted.indexOf(propagated) > trusted.indexOf(issuer))
    return { issueAuthority: false, signer: propagated, prune: [], next: now };
  const servingRenewal = before(current.notAfter, settings.certDurationMs / 3);
  // It ends with its CA at the latest, so the same CA may have nothing better to give.
  const isRenewable = issuer.key !== undefined && current.notAfter < issuer.notAfter;
  if (servingRenewal <= now && isRenewable)
    return { issueAuthority: false, signer: issuer, prune: [], next: now };

  const rolledOutAt = after(current.issuedAt, settings.overlapMs);
  const signsFrom = newest.registered && after(newest.registered, settings.overlapMs);
  // A webhook that is cut off from the API server may serve the last serving certificate of the CA before to its end.
  const lastExpiry = signsFrom && after(signsFrom, settings.certDurationMs);
  const isNeeded = (authority: ParsedAuthority) => {
    const until = authority.key === undefined ? rolledOutAt : lastExpiry;
    return (
      authority.fingerprint === newest.fingerprint ||
      authority.fingerprint === issuer.fingerprint ||
      until === undefined ||
      now < until
    );
  };
  const needed = new Set(trusted.filter(isNeeded).map(({ certificate }) => certificate));
  return {
    issueAuthority: false,
    signer: undefined,
    prune: authorities.filter(({ certificate }) => !needed.has(certificate)),
    next: earliest(
      [
        caRenewal(newest),
        servingRenewal,
        rolledOutAt,
        ...(signsFrom && lastExpiry ? [signsFrom, lastExpiry] : []),
      ],
      now,
    ),
  };
}

/** Webhooks that run may go on with the serving certificate that they have, those that start wait for one. */
function planWithoutCertificate(
  trusted: readonly ParsedAuthority[],
  { overlapMs }: RenewalSettings,
  now: Date,
): RenewalPlan {
  const waitMs = Math.min(overlapMs, propagationMs);
  const signer = registeredFor(waitMs, trusted, now);
  const times = trusted.flatMap(({ registered }) => (registered ? after(registered, waitMs) : []));
  return { issueAuthority: false, signer, prune: [], next: signer ? now : earliest(times, now) };
}

/** The youngest CA that has been registered for so long; one that is alone has nobody to wait for. */
function registeredFor(
  durationMs: number,
  trusted: readonly ParsedAuthority[],
  now: Date,
): ParsedAuthority | undefined {
  const isAlone = trusted.length === 1;
  return trusted.findLast(
    ({ key, registered }) =>
      key !== undefined && (isAlone || (registered && after(registered, durationMs) <= now)),
  );
}

function parseAuthority(authority: Authority): ParsedAuthority[] {
  const parsed = parseCertificate(authority.certificate);
  return parsed ? [{ ...authority, ...parsed }] : [];
}

function usableCertificate(
  serving: KeyPair,
  trusted: readonly ParsedAuthority[],
  names: readonly string[],
  now: Date,
) {
  const parsed = parseCertificate(serving.certificate);
  if (!parsed || !isUsable(serving, now)) return undefined;
  if (parsed.names.join() !== names.toSorted().join()) return undefined;
  const issuer = trusted.find(({ certificate }) => isSignedBy(serving.certificate, certificate));
  return issuer && { ...parsed, issuer, issuedAt: after(parsed.notBefore, backdatedMs) };
}

function before(time: Date, durationMs: number): Date {
  return new Date(time.getTime() - durationMs);
}

function after(time: Date, durationMs: number): Date {
  return new Date(time.getTime() + durationMs);
}

/** The first of the times that are still to come; an hour from now where none is. */
function earliest(times: readonly Date[], now: Date): Date {
  const coming = times.filter((time) => time > now).map((time) => time.getTime());
  return new Date(Math.min(...coming, after(now, 60 * 60 * 1000).getTime()));
}
