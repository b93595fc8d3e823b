import type { Delivery } from '../../core/delivery/delivery.ts';
import { judgeTarget } from '../../core/delivery/judge-target.ts';
import { deliveryFailed, notPermitted, takenOver } from '../../core/delivery/problem-text.ts';
import type { DeliveryProblem } from '../../core/delivery/reasons.ts';
import type { WantedCopy } from '../../core/delivery/target.ts';
import { type KubeApi, KubeError, type KubeObject } from '../../kube/client/api.ts';
import { resources } from '../../kube/client/resources.ts';
import type { ObservedSecret } from '../cluster/observed-secret.ts';
import { applyCopy, copyOf, resyncCopy } from './copy.ts';
import type { Sources } from './sources.ts';

/** What came of a delivery to one namespace. */
export interface Delivered {
  /** What is wrong where the Secret comes from; undefined where that was not looked at. */
  readonly source?: DeliveryProblem | 'sound';
  /** What is wrong in the namespace. */
  readonly problem?: DeliveryProblem;
  /** What to fail with, after the problem is told. */
  readonly error?: unknown;
}

/** What delivering needs. */
export interface DeliverOptions {
  readonly api: KubeApi;
  readonly sources: Sources;
  readonly project: (secret: KubeObject) => ObservedSecret;
  /** Told each copy that was written. */
  readonly onWritten: () => void;
}

/** A delivery to one namespace, as both ends were seen last. */
export interface Destination {
  readonly delivery: Delivery;
  readonly policyUid: string;
  readonly namespace: string;
  readonly home: KubeObject;
  readonly live: ObservedSecret | undefined;
}

/** Has a namespace hold the copy that it should, as far as that is ours to write. */
export async function deliver(
  options: DeliverOptions,
  destination: Destination,
): Promise<Delivered> {
  const { sources } = options;
  const { delivery, home } = destination;
  const known = sources.known(delivery, home);
  if (known) {
    if ('problem' in known) return { source: known.problem };
    const verdict = judgeTarget(wantedCopy(destination, known.digests), destination.live?.target);
    if (verdict.action === 'leave') return { source: 'sound', ...problemOf(verdict) };
  }
  return sources.during(delivery, home, async (source) => {
    if ('problem' in source) return { source: source.problem };
    const wanted = wantedCopy(destination, source.digests);
    return { source: 'sound', ...(await write(options, destination, wanted, source.data)) };
  });
}

async function write(
  { api, project, onWritten }: DeliverOptions,
  { namespace, live }: Destination,
  wanted: WantedCopy,
  data: ReadonlyMap<string, string>,
): Promise<Delivered> {
  const verdict = judgeTarget(wanted, live?.target);
  if (verdict.action === 'leave') return problemOf(verdict);
  const carryOut = verdict.action === 'resync' ? resyncCopy : applyCopy;
  try {
    await carryOut(api, copyOf(namespace, wanted, data, live?.metadata.resourceVersion));
    onWritten();
    return {};
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    if (error.status === 409) return conflictWith(await reread(), error);
    if (error.status === 403 && /cannot (?:create|patch) resource/.test(error.message))
      return { problem: notPermitted(wanted.name, 'written'), error };
    return { problem: deliveryFailed(wanted.name, error.message), error };
  }

  async function reread(): Promise<ObservedSecret | undefined> {
    const secret = await api.get(resources.secrets, wanted.name, namespace);
    return secret && project(secret);
  }

  /** What was seen may be old, and is judged again once it is not; else another writer has a field that we want. */
  function conflictWith(now: ObservedSecret | undefined, error: KubeError): Delivered {
    if (!now || now.metadata.resourceVersion !== live?.metadata.resourceVersion) return { error };
    return { problem: takenOver(now.target) };
  }
}

function problemOf({ problem }: { readonly problem?: DeliveryProblem }): Delivered {
  return problem ? { problem } : {};
}

function wantedCopy(
  { delivery, policyUid, home: { metadata } }: Destination,
  digests: ReadonlyMap<string, string>,
): WantedCopy {
  const { policy, name } = delivery;
  const required = policy.secretKeys.filter(({ secret, optional }) => secret === name && !optional);
  return {
    name,
    policy: policy.name,
    policyUid,
    source: `${metadata.namespace}/${metadata.name}`,
    digests,
    requiredKeys: required.flatMap(({ key }) => key ?? []),
  };
}
