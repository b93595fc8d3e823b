import type { Json } from '../json.ts';
import { decodeCaBundle } from './ca-bundle.ts';

/**
 * How large the webhook configuration may be, in bytes as `storedSize` counts them. etcd takes 1.5 MiB in a request; the
 * rest is for metadata, and for what else the API server writes down.
 */
export const maxBytes = 1_540_000;

// The managed fields of an entry, which the API server stores with it: 551 bytes at a name of 37 characters.
const managedFields = 600;

/**
 * Bytes that an entry takes in etcd, rather too many. The API server stores protobuf, where a caBundle is not base64 and
 * fields have no names; what JSON takes more is for the managed fields of somebody else who writes the entry too.
 */
export function storedSize(entry: Json): number {
  const json = new TextEncoder().encode(JSON.stringify(entry)).length;
  return json - Math.ceil(caSize(entry) / 3) + managedFields;
}

/** Bytes of an entry that are CA certificates. */
export function caSize(entry: Json): number {
  return decodeCaBundle(entry).length;
}
