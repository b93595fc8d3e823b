import { type KeyPair, backdated } from './authority.ts';
import { isKeyOf, isSignedBy, readFacts } from './certificate-facts.ts';

/** A CA that the API server is to trust. */
export interface Authority {
  /** PEM. */
  readonly certificate: string;
  /** PEM; absent where only the certificate is left of it. */
  readonly key?: string;
  /** Since when the API server is told to trust it. */
  readonly introduced: Date;
}

/** What there is. */
export interface Holdings {
  /** The oldest first. */
  readonly authorities: readonly Authority[];
  readonly leaf: KeyPair | undefined;
  /** The CA certificates, PEM, that the webhook's registration has at this moment. */
  readonly registered: readonly string[];
}

/** How certificates are to be; times in milliseconds. */
export interface RenewalSettings {
  readonly caLife: number;
  readonly leafLife: number;
  /** How long an API server may take to trust a new CA, or a webhook to serve a new leaf. */
  readonly overlap: number;
  /** The names that the leaf is for. */
  readonly names: readonly string[];
}

/** What is to be done now. A new CA comes first: everything else is to be judged again with it. */
export interface RenewalPlan {
  readonly issueAuthority: boolean;
  /** The CA that is to sign a new leaf; undefined while the leaf is good. */
  readonly signer: Authority | undefined;
  /** CAs that nothing needs any more. */
  readonly drop: readonly Authority[];
  /** When to look again. */
  readonly next: Date;
}

// What an API server usually takes to see a new CA.
const haste = 5_000;

interface Known extends Authority {
  readonly fingerprint: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/**
 * Decides what is due. A CA is told to the API server one overlap before it signs, and stays until no leaf of it can be
 * served any more; one whose key is lost goes one overlap after the leaf changed. Both kinds are replaced after two
 * thirds of their life.
 */
export function planRenewal(
  { authorities, leaf, registered }: Holdings,
  settings: RenewalSettings,
  now: Date,
): RenewalPlan {
  const trusted = authorities
    .flatMap(known)
    .filter(({ notBefore, notAfter }) => notBefore <= now && now < notAfter);
  const newest = trusted.findLast(({ key }) => key !== undefined);
  const caRenewal = newest && before(newest.notAfter, settings.caLife / 3);
  if (!newest || !caRenewal || caRenewal <= now)
    return { issueAuthority: true, signer: undefined, drop: [], next: now };

  const told = new Set(registered.flatMap((pem) => readFacts(pem)?.fingerprint ?? []));
  const isAlone = trusted.length === 1;
  /** The youngest CA that the API server has been told of for so long; one that is alone has nobody to wait for. */
  const toldFor = (milliseconds: number) =>
    trusted.findLast(
      ({ key, introduced, fingerprint }) =>
        key !== undefined &&
        (isAlone || (after(introduced, milliseconds) <= now && told.has(fingerprint))),
    );
  const current = leaf && usableLeaf(leaf, trusted, settings.names, now);
  if (!current) {
    // Webhooks that run may go on with what they have, those that start wait for this.
    const signer = toldFor(Math.min(settings.overlap, haste));
    const next = signer ? now : after(now, 1_000);
    return { issueAuthority: false, signer, drop: [], next };
  }
  const { issuer } = current;
  const proven = toldFor(settings.overlap);
  if (proven && proven.introduced > issuer.introduced)
    return { issueAuthority: false, signer: proven, drop: [], next: now };
  const leafRenewal = before(current.notAfter, settings.leafLife / 3);
  // It ends with its CA at the latest, so the same CA may have nothing better to give.
  const isRenewable = issuer.key !== undefined && current.notAfter < issuer.notAfter;
  if (leafRenewal <= now && isRenewable)
    return { issueAuthority: false, signer: issuer, drop: [], next: now };

  const settled = after(current.issuedAt, settings.overlap);
  // A webhook that is cut off from the API server may serve the last leaf of the CA before to its end.
  const outlived = after(newest.introduced, settings.overlap + settings.leafLife);
  const isNeeded = (authority: Known) =>
    authority.fingerprint === newest.fingerprint ||
    authority.fingerprint === issuer.fingerprint ||
    now < (authority.key === undefined ? settled : outlived);
  const needed = new Set(trusted.filter(isNeeded).map(({ certificate }) => certificate));
  return {
    issueAuthority: false,
    signer: undefined,
    drop: authorities.filter(({ certificate }) => !needed.has(certificate)),
    next: earliest(
      [caRenewal, leafRenewal, after(newest.introduced, settings.overlap), settled, outlived],
      now,
    ),
  };
}

function known(authority: Authority): Known[] {
  const facts = readFacts(authority.certificate);
  return facts ? [{ ...authority, ...facts }] : [];
}

function usableLeaf(leaf: KeyPair, trusted: readonly Known[], names: readonly string[], now: Date) {
  const facts = readFacts(leaf.certificate);
  if (!facts || facts.notAfter <= now || facts.notBefore > now) return undefined;
  if (!isKeyOf(leaf.key, leaf.certificate)) return undefined;
  if (facts.names.join() !== names.toSorted().join()) return undefined;
  const issuer = trusted.find(({ certificate }) => isSignedBy(leaf.certificate, certificate));
  return issuer && { ...facts, issuer, issuedAt: after(facts.notBefore, backdated) };
}

function before(time: Date, milliseconds: number): Date {
  return new Date(time.getTime() - milliseconds);
}

function after(time: Date, milliseconds: number): Date {
  return new Date(time.getTime() + milliseconds);
}

/** The first of the times that are still to come; an hour from now where none is. */
function earliest(times: readonly Date[], now: Date): Date {
  const coming = times.filter((time) => time > now).map((time) => time.getTime());
  return new Date(Math.min(...coming, after(now, 60 * 60 * 1000).getTime()));
}
