import type { Clock } from './clock.ts';
import type { Controller } from './controller.ts';
import { WorkQueue } from './work-queue.ts';

/** What all controllers share. */
export interface ManagerOptions {
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  /** Told what a controller fails at; undefined once none of its keys fails any more. */
  readonly onProblem: (controller: string, error: unknown) => void;
  /** Told once every controller has read what it needs. */
  readonly onReady: () => void;
}

const minIntervalMs = 200;
/** Whatever a watch may have missed is found by then. */
const resyncMs = 10 * 60_000;

/** Runs controllers until the signal comes; settles when none of them does anything any more. */
export async function runControllers(
  controllers: readonly Controller[],
  options: ManagerOptions,
  signal: AbortSignal,
): Promise<void> {
  void Promise.all(controllers.map(({ whenReady }) => whenReady ?? Promise.resolve())).then(() => {
    if (!signal.aborted) options.onReady();
  });
  await Promise.all(controllers.map((controller) => run(controller, options, signal)));
}

async function run(
  controller: Controller,
  { clock, random, onProblem }: ManagerOptions,
  signal: AbortSignal,
): Promise<void> {
  const { name, watches, keys, whenReady } = controller;
  await Promise.race([whenReady, aborted(signal)]);
  if (signal.aborted) return;
  const failing = new Set<string>();
  const queue = new WorkQueue({
    reconcile: (key) => controller.reconcile(key),
    onResult(key, error) {
      if (error !== undefined) {
        failing.add(key);
        onProblem(name, error);
      } else if (failing.delete(key) && failing.size === 0) {
        onProblem(name, undefined);
      }
    },
    clock,
    random,
    minIntervalMs: controller.minIntervalMs ?? minIntervalMs,
    maxConcurrent: controller.maxConcurrent ?? 1,
    signal,
  });
  const addAll = () => {
    for (const key of keys()) queue.add(key);
  };
  for (const { subscribe, keysFor } of watches)
    subscribe((changed) => {
      if (!changed || !keysFor) addAll();
      else for (const key of keysFor(changed)) queue.add(key);
    });
  while (!signal.aborted) {
    addAll();
    await clock.delay(resyncMs, signal).catch(() => undefined);
  }
  await queue.ended;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
