import type { KeyPair } from '../../certificates/authority.ts';
import { parseCertificate, splitBundle } from '../../certificates/certificate.ts';
import { propagationMs } from '../../certificates/ca-propagation.ts';
import { isUsable } from '../../certificates/serving-certificate.ts';
import type { KubeObject } from '../../kube/client/api.ts';
import { resources } from '../../kube/client/resources.ts';
import { readData } from './ca-secret.ts';
import type { CertificateContext, CertificateState } from './certificate-state.ts';
import { writeTlsSecret } from './write-tls-secret.ts';

/** The Secret that cert-manager issues, and the one that webhooks read. */
export interface CertManagerSettings {
  readonly namespace: string;
  /** The Secret that cert-manager writes. */
  readonly issuedSecret: string;
  readonly tlsSecret: string;
}

/**
 * Reconciles the TLS Secret with the certificate that cert-manager issued. A new CA comes in the same write as its first
 * certificate, so webhooks get that one only once every API server must know of the CA.
 */
export function createCertManagerReconciler(
  settings: CertManagerSettings,
): (context: CertificateContext) => Promise<CertificateState> {
  const { namespace, tlsSecret } = settings;
  // Of what was registered only the start counts: whatever is put in there later is not cert-manager's.
  let published: readonly string[] | undefined;
  const registeredSince = new Map<string, Date>();

  return async (context) => {
    const now = context.clock.now();
    const { registered } = context;
    noteRegistered(registered, now);
    const live = await context.api.get(resources.secrets, tlsSecret, namespace);
    const served = readTlsSecret(live);
    const issued = await readIssued(context, settings, now);
    const caExpires = ({ authorities }: ServingCertificate) => expiry(authorities[0]!);
    const servingExpires = expiry(served.certificate);
    if (issued instanceof Error) {
      // What is in service stays; where nothing is, there is nothing to publish.
      if (!isUsable(served, now) || !isKnown(served, published ?? registered)) throw issued;
      const cas = trust(served, served, registered, now);
      return { cas, caExpires: caExpires(served), servingExpires, problem: issued };
    }
    const state = { cas: trust(issued, served, registered, now), caExpires: caExpires(issued) };
    const isInService = isSame(issued, served) && isUsable(served, now);
    if (isInService && context.owned.isOurs(live!)) return { ...state, servingExpires };
    const due = needsNoOverlap(issued, served, registered) ? now : trustedFrom(issued);
    if (!due || due > now) return { ...state, servingExpires, next: due };
    const secret = { namespace, name: tlsSecret, live };
    await writeTlsSecret(context, secret, issued, issued.authorities.join(''));
    return { ...state, servingExpires: expiry(issued.certificate) };
  };

  function noteRegistered(registered: readonly string[], now: Date): void {
    for (const pem of registeredSince.keys())
      if (!registered.includes(pem)) registeredSince.delete(pem);
    for (const pem of registered) if (!registeredSince.has(pem)) registeredSince.set(pem, now);
  }

  /** What the API server is to trust from now on. */
  function trust(
    issued: ServingCertificate,
    served: ServingCertificate,
    registered: readonly string[],
    now: Date,
  ): readonly string[] {
    const known = published ?? registered;
    const inService = served.authorities.filter((pem) => known.includes(pem));
    const needed = new Set([...issued.authorities, ...inService]);
    const others = known.filter((pem) => !needed.has(pem) && expiry(pem)! > now);
    published = [...needed, ...others.slice(0, maxOthers)];
    return published;
  }

  /** Undefined until all of its CAs are registered; that they are brings the next reconcile. */
  function trustedFrom({ authorities }: ServingCertificate): Date | undefined {
    const since = authorities.map((pem) => registeredSince.get(pem)?.getTime());
    if (since.includes(undefined)) return undefined;
    return new Date(Math.max(...since.map(Number)) + propagationMs);
  }
}

// A CA that no webhook serves any more stays until it expires, since some may be slower than we know.
const maxOthers = 3;

/** What cert-manager issued, or what is wrong with it. */
async function readIssued(
  { api }: CertificateContext,
  { namespace, issuedSecret }: CertManagerSettings,
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

/** Whether there is nobody to wait for: no CA is registered at all, or no other than before. */
function needsNoOverlap(
  issued: ServingCertificate,
  served: ServingCertificate,
  registered: readonly string[],
): boolean {
  return registered.length === 0 || issued.authorities.join() === served.authorities.join();
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

function expiry(pem: string): Date | undefined {
  return parseCertificate(pem)?.notAfter;
}
