import type { KeyPair } from '../certificates/authority.ts';
import { isKeyOf, readFacts, splitBundle } from '../certificates/certificate-facts.ts';
import type { KubeObject } from '../kube/api.ts';
import { resources } from '../kube/resources.ts';
import { readData } from './authority-secret.ts';
import type { CertificateContext, CertificateState } from './certificate-state.ts';
import { writeLeaf } from './write-leaf.ts';

/** Where somebody else's certificates come in, and where webhooks take them from. */
export interface AdoptionSettings {
  readonly namespace: string;
  /** The Secret that cert-manager keeps. */
  readonly issuedSecret: string;
  readonly tlsSecret: string;
  /** How long an API server may take to trust a new CA, in milliseconds. */
  readonly overlap: number;
}

/**
 * Makes what takes over certificates that cert-manager issued. A new CA comes in the same write as its first
 * certificate, so webhooks get that one only after the API server was told of the CA for an overlap.
 */
export function adoptCertificates(
  settings: AdoptionSettings,
): (context: CertificateContext) => Promise<CertificateState> {
  const { namespace, tlsSecret, overlap } = settings;
  // Of what was registered only the start counts: whatever is put in there later is not cert-manager's.
  let before: readonly string[] | undefined;
  const toldSince = new Map<string, Date>();

  return async (context) => {
    const { api, owned } = context;
    const now = context.clock.now();
    const issued = await readIssued(context, settings, now);
    const live = await api.get(resources.secrets, tlsSecret, namespace);
    const served = readLeaf(live);
    const told = splitBundle(context.registered);
    for (const pem of toldSince.keys()) if (!told.includes(pem)) toldSince.delete(pem);
    for (const pem of told) if (!toldSince.has(pem)) toldSince.set(pem, now);

    const needed = new Set([...issued.authorities, ...served.authorities]);
    const previous = (before ?? told).find((pem) => !needed.has(pem) && expiry(pem)! > now);
    before = [...needed, ...(previous === undefined ? [] : [previous])];
    const state = { bundle: before.join(''), caExpires: expiry(issued.authorities[0]!) };
    const isServed = served.certificate === issued.certificate && isUsable(served, now);
    if (!isServed || !owned.isOurs(live!)) {
      const due = isKnown(issued, served, told) ? now : trustedFrom(issued, now);
      if (due > now) return { ...state, leafExpires: expiry(served.certificate), next: due };
      const secret = { namespace, name: tlsSecret, live };
      await writeLeaf({ api, owned }, secret, issued, issued.authorities.join(''));
    }
    return { ...state, leafExpires: expiry(issued.certificate) };
  };

  /** A moment from now while the API server is not told of all of its CAs. */
  function trustedFrom({ authorities }: Leaf, now: Date): Date {
    const since = authorities.map((pem) => toldSince.get(pem)?.getTime());
    if (since.includes(undefined)) return new Date(now.getTime() + 1_000);
    return new Date(Math.max(...since.map(Number)) + overlap);
  }
}

/** Throws where there is nothing that webhooks could serve. */
async function readIssued(
  { api }: CertificateContext,
  { namespace, issuedSecret }: AdoptionSettings,
  now: Date,
): Promise<Leaf> {
  const issued = readLeaf(await api.get(resources.secrets, issuedSecret, namespace));
  const called = `Secret ${namespace}/${issuedSecret}`;
  const advice = 'see the status of the Certificate that cert-manager makes it from';
  if (issued.authorities.length === 0) {
    throw new Error(
      `${called} has no ca.crt: ${advice}; an issuer that gives no CA needs certificates.source: file`,
    );
  }
  if (!isUsable(issued, now))
    throw new Error(`${called} has no valid certificate with its key: ${advice}`);
  return issued;
}

/** Whether the API server trusts it already; a CA that is alone has nobody to wait for. */
function isKnown({ authorities }: Leaf, served: Leaf, told: readonly string[]): boolean {
  return (
    told.every((pem) => authorities.includes(pem)) ||
    authorities.join() === served.authorities.join()
  );
}

interface Leaf extends KeyPair {
  readonly authorities: readonly string[];
}

function readLeaf(secret: KubeObject | undefined): Leaf {
  return {
    certificate: readData(secret, 'tls.crt') ?? '',
    key: readData(secret, 'tls.key') ?? '',
    authorities: splitBundle(readData(secret, 'ca.crt') ?? ''),
  };
}

function isUsable({ certificate, key }: Leaf, now: Date): boolean {
  const facts = readFacts(certificate);
  return facts !== undefined && facts.notAfter > now && isKeyOf(key, certificate);
}

function expiry(pem: string): Date | undefined {
  return readFacts(pem)?.notAfter;
}
