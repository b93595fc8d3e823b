import type { KeyPair } from '../../certificates/authority.ts';
import { isKeyOf, readFacts, splitBundle } from '../../certificates/certificate-facts.ts';
import { propagationMs } from '../../certificates/propagation.ts';
import type { KubeObject } from '../../kube/client/api.ts';
import { resources } from '../../kube/client/resources.ts';
import { readData } from './ca-secret.ts';
import type { CertificateContext, CertificateState } from './certificate-state.ts';
import { writeTlsSecret } from './tls-secret.ts';

/** Where somebody else's certificates come in, and where webhooks take them from. */
export interface AdoptionSettings {
  readonly namespace: string;
  /** The Secret that cert-manager keeps. */
  readonly issuedSecret: string;
  readonly tlsSecret: string;
}

/**
 * Makes what takes over certificates that cert-manager issued. A new CA comes in the same write as its first
 * certificate, so webhooks get that one only once every API server must know of the CA.
 */
export function adoptCertificates(
  settings: AdoptionSettings,
): (context: CertificateContext) => Promise<CertificateState> {
  const { namespace, tlsSecret } = settings;
  // Of what was registered only the start counts: whatever is put in there later is not cert-manager's.
  let before: readonly string[] | undefined;
  const toldSince = new Map<string, Date>();

  return async (context) => {
    const now = context.clock.now();
    const told = splitBundle(context.registered);
    noteTold(told, now);
    const live = await context.api.get(resources.secrets, tlsSecret, namespace);
    const served = readTlsSecret(live);
    const issued = await readIssued(context, settings, now);
    const caExpires = ({ authorities }: ServingCertificate) => expiry(authorities[0]!);
    const servingExpires = expiry(served.certificate);
    if (issued instanceof Error) {
      // What is in service goes on; where nothing is, there is nothing to tell anybody of.
      if (!isUsable(served, now) || !isKnown(served, before ?? told)) throw issued;
      const bundle = trust(served, served, told, now);
      return { bundle, caExpires: caExpires(served), servingExpires, problem: issued };
    }
    const state = { bundle: trust(issued, served, told, now), caExpires: caExpires(issued) };
    const isInService = isSame(issued, served) && isUsable(served, now);
    if (isInService && context.owned.isOurs(live!)) return { ...state, servingExpires };
    const due = needsNoOverlap(issued, served, told) ? now : trustedFrom(issued);
    if (!due || due > now) return { ...state, servingExpires, next: due };
    const secret = { namespace, name: tlsSecret, live };
    await writeTlsSecret(context, secret, issued, issued.authorities.join(''));
    return { ...state, servingExpires: expiry(issued.certificate) };
  };

  function noteTold(told: readonly string[], now: Date): void {
    for (const pem of toldSince.keys()) if (!told.includes(pem)) toldSince.delete(pem);
    for (const pem of told) if (!toldSince.has(pem)) toldSince.set(pem, now);
  }

  /** What the API server is to trust from now on. */
  function trust(
    issued: ServingCertificate,
    served: ServingCertificate,
    told: readonly string[],
    now: Date,
  ): string {
    const known = before ?? told;
    const inService = served.authorities.filter((pem) => known.includes(pem));
    const needed = new Set([...issued.authorities, ...inService]);
    const others = known.filter((pem) => !needed.has(pem) && expiry(pem)! > now);
    before = [...needed, ...others.slice(0, mostOthers)];
    return before.join('');
  }

  /** Undefined while the API server is not told of all of its CAs, which is seen when it is. */
  function trustedFrom({ authorities }: ServingCertificate): Date | undefined {
    const since = authorities.map((pem) => toldSince.get(pem)?.getTime());
    if (since.includes(undefined)) return undefined;
    return new Date(Math.max(...since.map(Number)) + propagationMs);
  }
}

// A CA that no webhook serves any more stays until it expires, since some may be slower than we know.
const mostOthers = 3;

/** What cert-manager issued, or what is wrong with it. */
async function readIssued(
  { api }: CertificateContext,
  { namespace, issuedSecret }: AdoptionSettings,
  now: Date,
): Promise<ServingCertificate | Error> {
  const issued = readTlsSecret(await api.get(resources.secrets, issuedSecret, namespace));
  const called = `Secret ${namespace}/${issuedSecret}`;
  const advice = 'see the status of the Certificate that cert-manager makes it from';
  if (issued.authorities.length === 0) {
    return new Error(
      `${called} has no ca.crt: ${advice}; an issuer that gives no CA needs certificates.source: file`,
    );
  }
  if (!isUsable(issued, now))
    return new Error(`${called} has no valid certificate with its key: ${advice}`);
  return issued;
}

/** Whether there is nobody to wait for: the API server is told of no CA at all, or of no other than before. */
function needsNoOverlap(
  issued: ServingCertificate,
  served: ServingCertificate,
  told: readonly string[],
): boolean {
  return told.length === 0 || issued.authorities.join() === served.authorities.join();
}

function isKnown({ authorities }: ServingCertificate, known: readonly string[]): boolean {
  return authorities.length > 0 && authorities.every((pem) => known.includes(pem));
}

function isSame(one: ServingCertificate, other: ServingCertificate): boolean {
  return (
    one.certificate === other.certificate && one.authorities.join() === other.authorities.join()
  );
}

interface ServingCertificate extends KeyPair {
  readonly authorities: readonly string[];
}

function readTlsSecret(secret: KubeObject | undefined): ServingCertificate {
  return {
    certificate: readData(secret, 'tls.crt') ?? '',
    key: readData(secret, 'tls.key') ?? '',
    authorities: splitBundle(readData(secret, 'ca.crt') ?? ''),
  };
}

function isUsable({ certificate, key }: ServingCertificate, now: Date): boolean {
  const facts = readFacts(certificate);
  return facts !== undefined && facts.notAfter > now && isKeyOf(key, certificate);
}

function expiry(pem: string): Date | undefined {
  return readFacts(pem)?.notAfter;
}
