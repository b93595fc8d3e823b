import { createHmac, createSecretKey, randomBytes } from 'node:crypto';

/** Makes digests that nobody can compare with those of another process, or try values on: the key dies with this one. */
export function createDigest(): (value: string) => string {
  const key = createSecretKey(randomBytes(32));
  return (value) => createHmac('sha256', key).update(value).digest('base64url').slice(0, 22);
}
