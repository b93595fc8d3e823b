import { isObject } from '../core/json.ts';
import type { KubeObject } from './client/api.ts';
import { identityMetadata } from './informer/identity-metadata.ts';

const certField = 'tls.crt';
const keyField = 'tls.key';

/** What is kept of a Secret of type kubernetes.io/tls. */
export function projectTlsSecret({ metadata, data }: KubeObject): KubeObject {
  const given = isObject(data) ? data : {};
  return {
    metadata: identityMetadata(metadata),
    data: { [certField]: given[certField], [keyField]: given[keyField] },
  };
}

/** Reads certificate and key, PEM, from a Secret of type kubernetes.io/tls; throws where it lacks one of them. */
export function readTlsSecret({ metadata, data }: KubeObject): { cert: string; key: string } {
  const read = (field: string): string => {
    const value = isObject(data) ? data[field] : undefined;
    if (typeof value !== 'string' || value === '')
      throw new Error(`Secret ${metadata.namespace}/${metadata.name} has no ${field}`);
    return Buffer.from(value, 'base64').toString();
  };
  return { cert: read(certField), key: read(keyField) };
}
