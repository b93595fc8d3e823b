import type { KeyPair } from '../../certificates/authority.ts';
import type { KubeObject } from '../../kube/client/api.ts';
import { resources } from '../../kube/client/resources.ts';
import type { CertificateContext } from './certificate-state.ts';

const tlsType = 'kubernetes.io/tls';

type Writer = Pick<CertificateContext, 'api' | 'owned'>;

/** Puts certificate and key where webhooks take them from, with the CA (PEM) by which they are trusted. */
export async function writeTlsSecret(
  writer: Writer,
  secret: {
    readonly namespace: string;
    readonly name: string;
    readonly live?: KubeObject | undefined;
  },
  { certificate, key }: KeyPair,
  authority: string,
): Promise<void> {
  const { namespace, name } = secret;
  await deleteUnlessWritable(writer, secret.live, tlsType);
  await writer.api.apply(resources.secrets, {
    metadata: { name, namespace, ...writer.owned.metadata() },
    type: tlsType,
    data: { 'tls.crt': btoa(certificate), 'tls.key': btoa(key), 'ca.crt': btoa(authority) },
  });
}

/** Gives a Secret back where it can be written to; one whose type is another, or that is immutable, goes. */
export async function deleteUnlessWritable(
  { api }: Writer,
  secret: KubeObject | undefined,
  type: string,
): Promise<KubeObject | undefined> {
  if (!secret || (secret['type'] === type && secret['immutable'] !== true)) return secret;
  await api.delete(resources.secrets, secret.metadata.name, secret.metadata.namespace);
  return undefined;
}
