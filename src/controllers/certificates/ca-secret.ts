import { type Json, isObject, readList } from '../../core/json.ts';
import { parseCertificate } from '../../certificates/certificate.ts';
import type { Authority } from '../../certificates/renewal.ts';
import type { KubeObject } from '../../kube/client/api.ts';

const field = 'authorities.json';

/** The CAs that a Secret holds, the oldest first; none where there is no such Secret or nothing can be read in it. */
export function readAuthorities(secret: KubeObject | undefined): Authority[] {
  const text = readData(secret, field);
  if (text === undefined) return [];
  try {
    return readList(JSON.parse(text)).flatMap(readAuthority);
  } catch {
    return [];
  }
}

/** What the Secret is to hold, as `data`: the CAs with their keys, and their certificates alone for people. */
export function authorityData(authorities: readonly Authority[]): Readonly<Record<string, string>> {
  return {
    [field]: btoa(JSON.stringify(authorities)),
    'ca.crt': btoa(authorities.map(({ certificate }) => certificate).join('')),
  };
}

/** A value of a Secret as text; undefined where it is not there. */
export function readData(secret: KubeObject | undefined, key: string): string | undefined {
  const data = secret?.['data'];
  const value = isObject(data) ? data[key] : undefined;
  if (typeof value !== 'string') return undefined;
  try {
    return atob(value);
  } catch {
    return undefined;
  }
}

function readAuthority(value: unknown): Authority[] {
  const { certificate, key, ...times }: Json = isObject(value) ? value : {};
  // A version of ours before this one did not write it down.
  const registered = readTime(times['registered']);
  if (typeof certificate !== 'string' || !parseCertificate(certificate)) return [];
  return [
    {
      certificate,
      ...(registered ? { registered } : {}),
      ...(typeof key === 'string' ? { key } : {}),
    },
  ];
}

function readTime(value: unknown): Date | undefined {
  const time = typeof value === 'string' ? new Date(value) : undefined;
  return time && !Number.isNaN(time.getTime()) ? time : undefined;
}
