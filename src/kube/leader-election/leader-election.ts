import { type KubeApi, KubeError, type KubeObject } from '../client/api.ts';
import type { Delay } from '../delay.ts';
import { heldLease, readLease, releasedLease } from './lease-record.ts';
import { createProblemRecorder } from '../problem-recorder.ts';
import { resources } from '../client/resources.ts';

/** What leading is about and what it needs. */
export interface LeaderElectionOptions {
  readonly api: KubeApi;
  readonly namespace: string;
  readonly name: string;
  /** Of this process, and of no other that runs. */
  readonly identity: string;
  /** Only for people who read the Lease. */
  readonly now: () => Date;
  /** Milliseconds of a clock that never jumps. */
  readonly monotonic: () => number;
  readonly delay: Delay;
  readonly random: () => number;
  readonly stop: AbortSignal;
  readonly onChange: (change: LeaderChange) => void;
}

/** What happened, for the log. */
export type LeaderChange =
  | { readonly type: 'Following'; readonly leader: string }
  | { readonly type: 'Leading' }
  /** The work was asked to end. */
  | { readonly type: 'Lost'; readonly message: string }
  /** The API did not do as it should; each different problem is reported once, and each minute again until it is over. */
  | { readonly type: 'Problem'; readonly problem: Error }
  | { readonly type: 'Recovered' };

/** As Kubernetes' own components have it. */
const durationMs = 15_000;
/** What any holder may claim: a record that says more is none of ours, and would keep us from leading for ever. */
const maxMs = 60_000;
const renewDeadlineMs = 10_000;
const retryMs = 2000;
const retryJitter = 1.2;
// Nothing else says that a process without an API server is still trying.
const reminderIntervalMs = 60_000;

/**
 * Runs `work` while this process holds the Lease, and again each time that it gets it, until `stop` comes or the work
 * ends by itself; then it gives the Lease back. The signal of the work comes as soon as the Lease may be lost, and no
 * other attempt begins before the work is over. Throws what the work throws before its signal came.
 */
export async function runWithLeaderElection(
  options: LeaderElectionOptions,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const claim = createClaim(options);
  while (!options.stop.aborted) {
    await acquire(options, claim);
    if (!claim.isHeld()) return;
    const isOver = await lead(options, claim, work);
    if (isOver) return;
  }
}

async function acquire(
  { stop, delay, random }: LeaderElectionOptions,
  claim: Claim,
): Promise<void> {
  while (!stop.aborted) {
    if (await claim.renew(renewDeadlineMs)) break;
    await delay(retryMs * (1 + retryJitter * random()), stop).catch(() => undefined);
  }
  if (stop.aborted) await claim.release();
}

/** Whether there is nothing more to do. */
async function lead(
  { stop, onChange, delay }: LeaderElectionOptions,
  claim: Claim,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<boolean> {
  const ending = new AbortController();
  const { signal } = ending;
  const end = (): void => ending.abort();
  stop.addEventListener('abort', end);
  onChange({ type: 'Leading' });
  let outcome: { readonly error?: unknown } | undefined;
  const working = runWork(work, signal).then((result) => {
    // How work ends that was asked to end is of no interest.
    if (!signal.aborted) outcome = result;
    end();
  });
  await keep(delay, claim, signal);
  if (!signal.aborted) {
    onChange({ type: 'Lost', message: claim.whyLost() });
    end();
  }
  await working;
  stop.removeEventListener('abort', end);
  await claim.release();
  if (outcome?.error !== undefined) throw outcome.error;
  return outcome !== undefined;
}

async function runWork(
  work: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<{ readonly error?: unknown }> {
  try {
    await work(signal);
    return {};
  } catch (error) {
    return { error };
  }
}

/** Renews the Lease until the signal comes or it is lost. */
async function keep(delay: Delay, claim: Claim, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await delay(Math.min(retryMs, claim.remainingMs()), signal).catch(() => undefined);
    if (signal.aborted) return;
    if (claim.remainingMs() > 0) await claim.renew(claim.remainingMs());
    if (!claim.isHeld() || claim.remainingMs() <= 0) return;
  }
}

/** What this process knows of the Lease. */
interface Claim {
  isHeld(): boolean;
  /** Until the Lease counts as lost. */
  remainingMs(): number;
  /** Takes or renews the Lease, for so long at most; whether that worked. */
  renew(timeoutMs: number): Promise<boolean>;
  /** Gives the Lease back if it is held. */
  release(): Promise<void>;
  whyLost(): string;
}

function createClaim(options: LeaderElectionOptions): Claim {
  const { api, namespace, name, identity, now, monotonic, delay, onChange } = options;
  const place = { name, namespace };
  /** As it was when we wrote it last. */
  let lease: KubeObject | undefined;
  let renewedAt = -Infinity;
  /** What another holder wrote last and when we saw it: clocks of two machines are never compared. */
  let seen = { fingerprint: '', at: 0 };
  let leader = '';
  /** The number of the present attempt: the answer to one that was given up comes too late. */
  let attempts = 0;
  const recorder = createProblemRecorder(
    (problem) =>
      onChange(problem === undefined ? { type: 'Recovered' } : { type: 'Problem', problem }),
    { now: monotonic, intervalMs: reminderIntervalMs },
  );

  function remainingMs(): number {
    return renewedAt + renewDeadlineMs - monotonic();
  }

  async function attempt(number: number): Promise<boolean> {
    const startedAt = monotonic();
    const before = lease ?? (await api.get(resources.leases, name, namespace));
    if (number !== attempts) return false;
    if (before !== undefined && !isFree(before)) return false;
    const next = heldLease(before, place, { identity, durationMs, now: now() });
    // It has the resourceVersion that was read: of two who replace the same one, one gets a 409.
    const written = await (before === undefined
      ? api.create(resources.leases, next)
      : api.replace(resources.leases, next));
    if (number !== attempts) return false;
    lease = written;
    // The time before the request: the server may have written it at any moment since.
    renewedAt = startedAt;
    leader = identity;
    recorder.serverWorks();
    return true;
  }

  function isFree(before: KubeObject): boolean {
    const { holder, fingerprint, durationMs: lasts } = readLease(before);
    if (holder === '' || holder === identity) return true;
    if (fingerprint !== seen.fingerprint) seen = { fingerprint, at: monotonic() };
    if (monotonic() - seen.at >= Math.min(lasts || durationMs, maxMs)) return true;
    // Whoever leads now, it is not us any more.
    renewedAt = -Infinity;
    if (leader !== holder) onChange({ type: 'Following', leader: (leader = holder) });
    recorder.serverWorks();
    return false;
  }

  async function renew(timeoutMs: number): Promise<boolean> {
    const done = new AbortController();
    const late = delay(timeoutMs, done.signal).then(
      () => {
        throw new KubeError(
          0,
          'Timeout',
          `no answer from ${api.server()} about the Lease within ${timeoutMs / 1000} s`,
        );
      },
      () => false,
    );
    try {
      return await Promise.race([attempt((attempts += 1)), late]);
    } catch (error) {
      // Whatever it was, the next attempt looks again, and this one counts no more.
      attempts += 1;
      lease = undefined;
      const isRace = error instanceof KubeError && error.status === 409;
      if (!isRace) recorder.serverFailed(error);
      return false;
    } finally {
      done.abort();
    }
  }

  return {
    isHeld: () => renewedAt !== -Infinity,
    remainingMs,
    renew,
    release: async () => {
      const held = lease;
      lease = undefined;
      renewedAt = -Infinity;
      leader = '';
      if (held === undefined) return;
      const done = new AbortController();
      const late = delay(retryMs, done.signal).catch(() => undefined);
      const released = api
        .replace(resources.leases, releasedLease(held, now()))
        .catch(() => undefined);
      await Promise.race([released, late]);
      done.abort();
    },
    whyLost: () =>
      leader === identity
        ? `the Lease could not be renewed within ${renewDeadlineMs / 1000} s`
        : `${leader} has taken the Lease`,
  };
}
