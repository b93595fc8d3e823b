import { describe, expect, it } from 'vitest';
import {
  UnknownControllers,
  chooseControllers,
} from '../../../src/controllers/manager/choose-controllers.ts';
import type { Controller } from '../../../src/controllers/manager/controller.ts';
import { runControllers } from '../../../src/controllers/manager/manager.ts';
import { createSignal, createTopic } from '../../../src/controllers/manager/source.ts';
import { settle, simulatedClock } from '../../kube/simulated-clock.ts';

function manage(...controllers: Controller[]) {
  const clock = simulatedClock();
  const stopping = new AbortController();
  const problems: string[] = [];
  const ready: number[] = [];
  const ended = runControllers(
    controllers,
    {
      clock: { now: () => new Date(clock.monotonic()), delay: clock.delay },
      random: () => 1,
      onReady: () => void ready.push(clock.monotonic()),
      onProblem: (name, error) =>
        void problems.push(`${name}: ${error instanceof Error ? error.message : 'works again'}`),
    },
    stopping.signal,
  );
  return { clock, problems, ready, ended, stop: () => stopping.abort() };
}

function recorded(
  name: string,
  options: Partial<Controller> = {},
): Controller & { readonly runs: string[] } {
  const runs: string[] = [];
  return {
    name,
    watches: [],
    keys: () => ['one'],
    reconcile: (key) => Promise.resolve(void runs.push(key)),
    runs,
    ...options,
  };
}

describe('the manager', () => {
  it('looks at every key at first, at each change of what is watched, and from time to time', async () => {
    const topic = createTopic(0);
    const controller = recorded('status', { keys: () => ['one', 'two'], watches: [topic] });
    const { clock } = manage(controller);
    await clock.advance(0);
    expect(controller.runs.splice(0)).toEqual(['one', 'two']);
    topic.publish(1);
    topic.publish(2);
    await clock.advance(200);
    expect(controller.runs.splice(0)).toEqual(['one', 'two']);
    topic.publish(2);
    await clock.advance(10 * 60_000 - 400);
    expect(controller.runs).toEqual([]);
    await clock.advance(400);
    expect(controller.runs).toEqual(['one', 'two']);
  });

  it('looks only at the keys that a changed object concerns, where a controller tells them', async () => {
    const { subscribe, notify } = createSignal();
    const keysFor = ({ metadata }: { readonly metadata: { readonly name: string } }) => [
      metadata.name,
    ];
    const controller = recorded('delivery', {
      keys: () => ['one', 'two'],
      watches: [{ subscribe, keysFor }],
    });
    const { clock } = manage(controller);
    await clock.advance(0);
    controller.runs.length = 0;
    notify({ metadata: { name: 'two' } });
    notify({ metadata: { name: 'three' } });
    await clock.advance(200);
    expect(controller.runs.splice(0).toSorted()).toEqual(['three', 'two']);
    notify();
    await clock.advance(200);
    expect(controller.runs).toEqual(['one', 'two']);
  });

  it('starts a controller when what it reads is there, and others meanwhile', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waits = recorded('status', { whenReady: promise });
    const other = recorded('probe');
    const { clock, ready } = manage(waits, other);
    await clock.advance(1_000);
    expect([waits.runs, other.runs, ready]).toEqual([[], ['one'], []]);
    resolve();
    await clock.advance(0);
    expect([waits.runs, ready]).toEqual([['one'], [1_000]]);
  });

  it('tells that a controller works again once none of its keys fails', async () => {
    const failing = new Set(['one', 'two']);
    const { clock, problems } = manage(
      recorded('status', {
        keys: () => ['one', 'two', 'three'],
        reconcile: (key) =>
          failing.has(key) ? Promise.reject(new Error(key)) : Promise.resolve(undefined),
      }),
    );
    await clock.advance(0);
    failing.delete('one');
    await clock.advance(500);
    expect(problems.splice(0)).toEqual(['status: one', 'status: two', 'status: two']);
    failing.delete('two');
    await clock.advance(60_000);
    expect(problems).toEqual(['status: works again']);
  });

  it('ends with its signal, also while a controller still waits', async () => {
    const { promise } = Promise.withResolvers<void>();
    const { clock, ended, stop } = manage(recorded('a', { whenReady: promise }), recorded('b'));
    await settle();
    stop();
    await ended;
    expect(clock.pending()).toEqual([]);
  });
});

describe('--controllers', () => {
  const known = ['certificates', 'registration', 'status'];

  it.each([
    [['*'], known],
    [['status'], ['status']],
    [
      ['*', '-status'],
      ['certificates', 'registration'],
    ],
    [
      ['-status', '*'],
      ['certificates', 'registration'],
    ],
    [
      ['*', 'secrets'],
      [...known, 'secrets'],
    ],
    [['secrets'], ['secrets']],
  ])('%j', (wanted, chosen) => {
    const all = [...known, 'secrets'];
    expect([...chooseControllers(wanted, all, ['secrets'])]).toEqual(chosen);
  });

  it.each([
    [
      ['statuss', '-probe'],
      'no controller is called statuss, -probe: there are certificates, registration, status',
    ],
    [['-status'], 'no controller is left: name some of certificates, registration, status, or *'],
  ])('%j is refused', (wanted, message) => {
    expect(() => chooseControllers(wanted, known)).toThrow(new UnknownControllers(message));
  });
});
