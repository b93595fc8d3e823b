import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** A certificate and its private key, PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** From when a certificate is valid, and for how long, in milliseconds. */
export interface Life {
  readonly now: Date;
  readonly durationMs: number;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** How much earlier than now a certificate begins to be valid, in milliseconds: clocks differ between machines. */
export const backdatedMs = 60 * 60 * 1000;

/** Issues a CA. Its name has the time in it, so that two CAs are never confused. */
export async function issueAuthority(commonName: string, life: Life): Promise<KeyPair> {
  const keys = await generateKeys();
  const ca = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${commonName} ${life.now.toISOString()}`,
    keys,
    signingAlgorithm: algorithm,
    ...validity(life),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return toPem(ca, keys.privateKey);
}

/** Issues a server's certificate for DNS names and IP addresses; it ends with its CA at the latest. */
export async function issueServingCertificate(
  authority: KeyPair,
  names: readonly string[],
  life: Life,
): Promise<KeyPair> {
  const ca = new X509Certificate(authority.certificate);
  const keys = await generateKeys();
  const { notBefore, notAfter } = validity(life);
  const serving = await X509CertificateGenerator.create({
    subject: 'CN=token-injector',
    issuer: ca.subject,
    signingKey: await importKey(authority.key),
    publicKey: keys.publicKey,
    signingAlgorithm: algorithm,
    notBefore,
    notAfter: notAfter < ca.notAfter ? notAfter : ca.notAfter,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      // Go accepts no certificate without it.
      new SubjectAlternativeNameExtension(names.map(generalName)),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(ca),
    ],
  });
  return toPem(serving, keys.privateKey);
}

function validity({ now, durationMs }: Life): { notBefore: Date; notAfter: Date } {
  return {
    notBefore: new Date(now.getTime() - backdatedMs),
    notAfter: new Date(now.getTime() + durationMs),
  };
}

function generalName(value: string): { type: 'ip' | 'dns'; value: string } {
  return { type: /^[\d.]+$|:/.test(value) ? 'ip' : 'dns', value };
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = Buffer.from(pem.replaceAll(/-----[A-Z ]+-----|\s/g, ''), 'base64');
  return webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']);
}

async function toPem(
  certificate: X509Certificate,
  privateKey: webcrypto.CryptoKey,
): Promise<KeyPair> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', privateKey));
  const lines = der.toString('base64').match(/.{1,64}/g)!;
  return {
    // Without the line end two certificates joined would be one that nobody can read.
    certificate: `${certificate.toString('pem')}\n`,
    key: ['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----', ''].join('\n'),
  };
}
