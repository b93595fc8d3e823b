import { isObject } from '../../core/json.ts';
import type { KubeObject } from '../client/api.ts';

/** What a Lease says about its holder. */
export interface LeaseRecord {
  /** Empty where nobody holds it. */
  readonly holder: string;
  readonly durationMs: number;
  readonly transitions: number;
  readonly acquireTime: unknown;
  /** Changes whenever the holder writes. */
  readonly fingerprint: string;
}

/** Reads a Lease, whoever wrote it. */
export function readLease(lease: KubeObject): LeaseRecord {
  const spec = isObject(lease['spec']) ? lease['spec'] : {};
  const { holderIdentity, leaseDurationSeconds, leaseTransitions, acquireTime } = spec;
  return {
    holder: typeof holderIdentity === 'string' ? holderIdentity : '',
    durationMs: typeof leaseDurationSeconds === 'number' ? leaseDurationSeconds * 1000 : 0,
    transitions: typeof leaseTransitions === 'number' ? leaseTransitions : 0,
    acquireTime,
    fingerprint: JSON.stringify(spec),
  };
}

/** The Lease as `identity` takes or renews it at `now`; `lease` is what was there, if anything. */
export function heldLease(
  lease: KubeObject | undefined,
  place: { readonly name: string; readonly namespace: string },
  { identity, durationMs, now }: { identity: string; durationMs: number; now: Date },
): KubeObject {
  const before = lease === undefined ? undefined : readLease(lease);
  const isOurs = before?.holder === identity;
  const renewTime = microTime(now);
  return {
    ...lease,
    metadata: lease?.metadata ?? place,
    spec: {
      holderIdentity: identity,
      leaseDurationSeconds: durationMs / 1000,
      acquireTime: isOurs ? before.acquireTime : renewTime,
      renewTime,
      leaseTransitions: (before?.transitions ?? -1) + (isOurs ? 0 : 1),
    },
  };
}

/** The Lease as its holder leaves it for whoever comes first. */
export function releasedLease(lease: KubeObject, now: Date): KubeObject {
  return {
    ...lease,
    spec: {
      holderIdentity: '',
      // Zero is refused.
      leaseDurationSeconds: 1,
      acquireTime: microTime(now),
      renewTime: microTime(now),
      leaseTransitions: readLease(lease).transitions,
    },
  };
}

// The API server insists on six digits.
function microTime(time: Date): string {
  return time.toISOString().replace('Z', '000Z');
}
