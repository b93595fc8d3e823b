import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WorkQueue } from '../../../src/controllers/manager/work-queue.ts';
import { settle, simulatedClock } from '../../kube/simulated-clock.ts';

/** A queue whose runs are held until the test ends them, in simulated time. */
function heldQueue({ maxConcurrent = 1, minIntervalMs = 200 } = {}) {
  const clock = simulatedClock();
  const stopping = new AbortController();
  const started: string[] = [];
  const results: [key: string, error: unknown][] = [];
  const held = new Map<string, PromiseWithResolvers<Date | undefined>>();
  const queue = new WorkQueue({
    reconcile(key) {
      started.push(key);
      expect(held.has(key), `${key} runs twice at once`).toBe(false);
      const run = Promise.withResolvers<Date | undefined>();
      held.set(key, run);
      return run.promise;
    },
    onResult: (key, error) => void results.push([key, error]),
    clock: { now: () => new Date(clock.monotonic()), delay: clock.delay },
    random: () => 1,
    minIntervalMs,
    maxConcurrent,
    signal: stopping.signal,
  });
  const take = (key: string) => {
    const run = held.get(key)!;
    held.delete(key);
    return run;
  };
  return {
    queue,
    clock,
    started,
    results,
    held,
    stop: () => stopping.abort(),
    finish: async (key: string, inMs?: number) => {
      take(key).resolve(inMs === undefined ? undefined : new Date(clock.monotonic() + inMs));
      await settle();
    },
    fail: async (key: string) => {
      take(key).reject(new Error(`${key} failed`));
      await settle();
    },
  };
}

describe('a work queue', () => {
  it('runs a key once however often it was added before', () => {
    const { queue, started } = heldQueue();
    queue.add('b');
    queue.add('a');
    for (let times = 0; times < 5; times++) queue.add('a');
    expect(started).toEqual(['b']);
  });

  it('runs a key again that was added while it ran, after the least interval', async () => {
    const { queue, started, clock, finish } = heldQueue();
    queue.add('a');
    queue.add('a');
    await finish('a');
    expect(started).toEqual(['a']);
    await clock.advance(199);
    expect(started).toEqual(['a']);
    await clock.advance(1);
    expect(started).toEqual(['a', 'a']);
    await finish('a');
    await clock.advance(1_000_000);
    expect(started).toEqual(['a', 'a']);
  });

  it('has no more keys at work than it may, and lets none wait for another that runs long', async () => {
    const { queue, started, held, finish } = heldQueue({ maxConcurrent: 2 });
    for (const key of ['a', 'b', 'c', 'd']) queue.add(key);
    expect([...held.keys()]).toEqual(['a', 'b']);
    await finish('b');
    expect([...held.keys()]).toEqual(['a', 'c']);
    await finish('c');
    expect(started).toEqual(['a', 'b', 'c', 'd']);
  });

  it('tries a key that failed again with growing pauses, and the others as before', async () => {
    const { queue, started, clock, finish, fail, results } = heldQueue();
    queue.add('a');
    queue.add('b');
    await fail('a');
    await finish('b');
    const pauses: number[] = [];
    for (let failures = 1; failures < 12; failures++) {
      const before = clock.monotonic();
      while (started.length < 2 + failures) await clock.advance(500);
      pauses.push(clock.monotonic() - before);
      await fail('a');
    }
    expect(pauses).toEqual([
      500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000,
    ]);
    expect(started.slice(2).every((key) => key === 'a')).toBe(true);
    expect(results.at(-1)).toEqual(['a', new Error('a failed')]);
  });

  it('tries a key that failed at once when it is added, and forgets the failures with the first success', async () => {
    const { queue, started, clock, finish, fail } = heldQueue();
    queue.add('a');
    for (let failures = 0; failures < 9; failures++) {
      await fail('a');
      queue.add('a');
      await clock.advance(500);
    }
    expect(started).toHaveLength(10);
    await finish('a');
    queue.add('a');
    await clock.advance(200);
    await fail('a');
    await clock.advance(500);
    expect(started).toHaveLength(12);
  });

  it('runs a key when it asked for it', async () => {
    const { queue, started, clock, finish } = heldQueue();
    queue.add('a');
    await finish('a', 60_000);
    await clock.advance(59_999);
    expect(started).toHaveLength(1);
    await clock.advance(1);
    expect(started).toHaveLength(2);
    await finish('a', -5_000);
    await clock.advance(200);
    expect(started).toHaveLength(3);
  });

  it('starts nothing once its signal came, and ends when nothing runs any more', async () => {
    const { queue, started, clock, fail, stop, results } = heldQueue({ maxConcurrent: 2 });
    queue.add('a');
    queue.add('b');
    let ended = false;
    void queue.ended.then(() => (ended = true));
    stop();
    queue.add('c');
    await fail('a');
    await clock.advance(1_000_000);
    expect([started, ended]).toEqual([['a', 'b'], false]);
    await fail('b');
    expect(ended).toBe(true);
    // What was broken off is no failure.
    expect(results).toEqual([]);
    expect(clock.pending()).toEqual([]);
  });

  it('loses no addition, whatever happens in whatever order', async () => {
    const step = fc.oneof(
      fc.record({ add: fc.constantFrom('a', 'b', 'c') }),
      fc.record({ end: fc.nat(1), fails: fc.boolean() }),
      fc.record({ passMs: fc.integer({ min: 0, max: 2_000 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { queue, clock, started, held, finish, fail } = heldQueue({ maxConcurrent: 2 });
        const owed = new Set<string>();
        const notice = () => {
          for (const key of started.splice(0)) owed.delete(key);
          expect(held.size).toBeLessThanOrEqual(2);
        };
        for (const one of steps) {
          if ('add' in one) {
            owed.add(one.add);
            queue.add(one.add);
          } else if ('passMs' in one) {
            await clock.advance(one.passMs);
          } else {
            const running = [...held.keys()][one.end];
            if (running !== undefined) await (one.fails ? fail : finish)(running);
          }
          notice();
        }
        for (let round = 0; round < 4; round++) {
          for (const running of held.keys()) await finish(running);
          await clock.advance(1_000);
          notice();
        }
        expect(owed).toEqual(new Set());
      }),
      { numRuns: 60 },
    );
  });
});
