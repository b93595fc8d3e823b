import {
  type KeyPair,
  issueAuthority,
  issueServingCertificate,
} from '../../certificates/authority.ts';
import { isSignedBy, parseCertificate } from '../../certificates/certificate.ts';
import {
  type Authority,
  type RenewalSettings,
  noteRegistered,
  planRenewal,
} from '../../certificates/renewal.ts';
import type { KubeObject } from '../../kube/client/api.ts';
import { resources } from '../../kube/client/resources.ts';
import { authorityData, readAuthorities, readData } from './ca-secret.ts';
import type { CertificateContext, CertificateState } from './certificate-state.ts';
import { deleteUnlessWritable, writeTlsSecret } from './write-tls-secret.ts';

/** Where our own certificates are, and how they are to be. */
export interface CertificateSettings extends RenewalSettings {
  readonly namespace: string;
  readonly caSecret: string;
  readonly tlsSecret: string;
}

type ReconcileContext = CertificateContext & { readonly settings: CertificateSettings };

/**
 * Reconciles the Secrets of CA and serving certificate. They are read from the API server each time: with a copy that
 * is behind, a second CA would be made beside the first.
 */
export async function reconcileSelfSigned(context: ReconcileContext): Promise<CertificateState> {
  const { api, registered, settings } = context;
  const caSecret = await api.get(resources.secrets, settings.caSecret, settings.namespace);
  const tlsSecret = await api.get(resources.secrets, settings.tlsSecret, settings.namespace);
  const serving = {
    certificate: readData(tlsSecret, 'tls.crt') ?? '',
    key: readData(tlsSecret, 'tls.key') ?? '',
  };
  const now = context.clock.now();
  const before = withOrphans(readAuthorities(caSecret), serving, registered);
  const authorities = noteRegistered(before, registered, now);
  const isNoted = authorities.some((authority, index) => authority !== before[index]);
  const plan = planRenewal({ authorities, serving }, settings, now);

  const kept = authorities.filter((authority) => !plan.prune.includes(authority));
  if (plan.issueAuthority) kept.push(await newAuthority(context, now));
  if (isNoted || plan.issueAuthority || plan.prune.length > 0 || isOrphaned(context, caSecret))
    await writeAuthorities(context, caSecret, kept);
  const served = plan.signer ? await newServingCertificate(context, plan.signer, now) : serving;
  if (plan.signer || isOrphaned(context, tlsSecret)) {
    const issuer = kept.find(({ certificate }) => isSignedBy(served.certificate, certificate));
    const { namespace, tlsSecret: name } = settings;
    await writeTlsSecret(
      context,
      { namespace, name, live: tlsSecret },
      served,
      issuer?.certificate ?? '',
    );
  }
  return {
    cas: kept.map(({ certificate }) => certificate),
    caExpires: parseCertificate(kept.at(-1)!.certificate)?.notAfter,
    servingExpires: parseCertificate(served.certificate)?.notAfter,
    next: plan.next,
  };
}

/** Whether the Secret would stay when we are uninstalled, or go before. */
function isOrphaned({ owned }: ReconcileContext, secret: KubeObject | undefined): boolean {
  return secret !== undefined && !owned.isOurs(secret);
}

/**
 * With the CAs that are left in the registration only. Where all of ours are lost that is every one, since webhooks go
 * on with what they have; else it is that of the serving certificate.
 */
function withOrphans(
  authorities: readonly Authority[],
  serving: KeyPair,
  registered: readonly string[],
): Authority[] {
  const isIssuer = (certificate: string) => isSignedBy(serving.certificate, certificate);
  const isMissing =
    authorities.length === 0
      ? () => true
      : (certificate: string) =>
          isIssuer(certificate) && !authorities.some((known) => isIssuer(known.certificate));
  const orphans = registered.filter(isMissing);
  return [...orphans.map((certificate) => ({ certificate, registered: longAgo })), ...authorities];
}

const longAgo = new Date(0);

function newAuthority({ settings }: ReconcileContext, now: Date): Promise<Authority> {
  const life = { now, durationMs: settings.caDurationMs };
  return issueAuthority('token-injector CA', life);
}

/** By creation or by resourceVersion, so that two who write at once cannot both succeed. */
async function writeAuthorities(
  context: ReconcileContext,
  secret: KubeObject | undefined,
  authorities: readonly Authority[],
): Promise<void> {
  const { api, owned, settings } = context;
  const live = await deleteUnlessWritable(context, secret, 'Opaque');
  const { namespace, caSecret: name } = settings;
  const metadata = { ...live?.metadata, name, namespace, ...owned.metadata(live) };
  const data = authorityData(authorities);
  if (live) await api.replace(resources.secrets, { ...live, metadata, data });
  else await api.create(resources.secrets, { metadata, type: 'Opaque', data });
}

function newServingCertificate(
  { settings }: ReconcileContext,
  { certificate, key = '' }: Authority,
  now: Date,
): Promise<KeyPair> {
  const life = { now, durationMs: settings.certDurationMs };
  return issueServingCertificate({ certificate, key }, settings.names, life);
}
