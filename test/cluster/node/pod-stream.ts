import { setTimeout as sleep } from 'node:timers/promises';

import type { Api, ApiResponse, KubeObject } from '../api.ts';

/** How the pods of a stream have fared so far. */
interface PodCounts {
  asked: number;
  injected: number;
  /** Admitted without their token. */
  missed: number;
  /** By a policy, since they would have started without their token. */
  denied: number;
  /** No API server, or one that would not decide; what was said, and how often. */
  readonly undecided: Map<string, number>;
  slowestMs: number;
}

/** Pods that are created all the while. */
export interface PodStream {
  readonly counts: PodCounts;
  /** Names of those that were created for good. */
  readonly created: readonly string[];
  /** Waits until so many more have been admitted or denied. */
  more(count: number): Promise<void>;
  /** Ends the stream when the last answer has come. */
  stop(): Promise<PodCounts>;
}

interface StreamOptions {
  readonly intervalMs?: number;
  /** Each so-many-th pod is created for good, the others as a dry run; default: none. */
  readonly realEach?: number;
}

// Each is a call of a webhook, which has five seconds, on a machine that may be busy.
const mostPending = 30;

/** The variable of an agent, and the Secret that is to give it its value under the key `token`. */
export interface TokenReference {
  readonly variable: string;
  readonly secret: string;
}

/** Creates agent pods at a steady rate, however long the answers take, up to so many that a slow machine can bear. */
export function startPodStream(
  api: Api,
  pod: (name: string) => KubeObject,
  token: TokenReference,
  { intervalMs = 50, realEach = Infinity }: StreamOptions = {},
): PodStream {
  const counts: PodCounts = {
    asked: 0,
    injected: 0,
    missed: 0,
    denied: 0,
    undecided: new Map(),
    slowestMs: 0,
  };
  const created: string[] = [];
  const pending = new Set<Promise<void>>();
  const stopping = new AbortController();

  async function ask(number: number): Promise<void> {
    const isReal = number % realEach === 0;
    const object = pod(`stream-${number}`);
    const startedAt = performance.now();
    const answer = await api
      .create(object, isReal ? {} : { query: { dryRun: 'All' } })
      .catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
    counts.slowestMs = Math.max(counts.slowestMs, performance.now() - startedAt);
    if (typeof answer !== 'string' && answer.ok) {
      if (isReal) created.push(`stream-${number}`);
      if (hasToken(answer.body, token)) counts.injected++;
      else counts.missed++;
    } else if (typeof answer !== 'string' && isDenial(answer)) {
      counts.denied++;
    } else {
      const said = typeof answer === 'string' ? answer : messageOf(answer);
      counts.undecided.set(said, (counts.undecided.get(said) ?? 0) + 1);
    }
  }

  const asking = (async () => {
    while (!stopping.signal.aborted) {
      if (pending.size < mostPending) {
        const answered = ask(++counts.asked).finally(() => pending.delete(answered));
        pending.add(answered);
      }
      await sleep(intervalMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    await Promise.all(pending);
  })();

  const decided = () => counts.injected + counts.missed + counts.denied;
  return {
    counts,
    created,
    async more(count) {
      const goal = decided() + count;
      const deadline = performance.now() + 120_000;
      while (decided() < goal) {
        if (performance.now() > deadline) throw new Error(`no answers: ${summaryOf(counts)}`);
        await sleep(intervalMs);
      }
    },
    async stop() {
      stopping.abort();
      await asking;
      return counts;
    },
  };
}

/** The counts in one line. */
export function summaryOf({ undecided, slowestMs, ...counts }: PodCounts): string {
  const { asked, injected, missed, denied } = counts;
  const none = [...undecided].map(([said, count]) => `${count} times ${JSON.stringify(said)}`);
  return [
    `${asked} pods asked for, ${injected} with their token, ${missed} missed, ${denied} denied`,
    `undecided: ${none.join(', ') || 'none'}`,
    `slowest answer ${Math.round(slowestMs)} ms`,
  ].join('; ');
}

/** Whether every container of a pod refers to its token. */
export function hasToken(pod: KubeObject, { variable, secret }: TokenReference): boolean {
  const { containers = [] } = pod['spec'] as {
    readonly containers?: readonly { readonly env?: readonly Variable[] }[];
  };
  return (
    containers.length > 0 &&
    containers.every(({ env = [] }) => {
      const reference = env.findLast(({ name }) => name === variable)?.valueFrom?.secretKeyRef;
      return reference?.name === secret && reference.key === 'token';
    })
  );
}

interface Variable {
  readonly name: string;
  readonly valueFrom?: { readonly secretKeyRef?: { readonly name: string; readonly key: string } };
}

function isDenial(answer: ApiResponse<unknown>): boolean {
  return answer.status === 403 && messageOf(answer).includes('would start without its token');
}

function messageOf({ ok, status, body }: ApiResponse<unknown>): string {
  return ok ? `${status}` : `${status} ${typeof body === 'object' ? body.message : String(body)}`;
}
