import { expect, it } from 'vitest';

import { isObject } from '../../src/core/json.ts';
import type { KubeApi, KubeObject } from '../../src/kube/client/api.ts';
import { resources } from '../../src/kube/client/resources.ts';
import { contend } from './contend.ts';
import { type FakeApi, fakeApi } from './fake-api.ts';
import { settle, simulatedClock } from './simulated-clock.ts';

function specOf(api: FakeApi): Record<string, unknown> {
  const spec = api.stored(resources.leases, 'leader', 'ours')?.['spec'];
  return isObject(spec) ? spec : {};
}

interface Link {
  /** Whether requests stay without an answer, and whether they arrive all the same. */
  hang: false | 'before' | 'after';
}

/** An API that answers one contender as another would not be answered. */
function linkTo(api: KubeApi): KubeApi & Link {
  const link: KubeApi & Link = {
    ...api,
    hang: false,
    get: (...given: Parameters<KubeApi['get']>) => answer(() => api.get(...given)),
    replace: (...given: Parameters<KubeApi['replace']>) => answer(() => api.replace(...given)),
  };
  async function answer<T>(ask: () => Promise<T>): Promise<T> {
    const { hang } = link;
    if (hang !== 'before') {
      const given = await ask();
      if (hang === false) return given;
    }
    return new Promise(() => undefined);
  }
  return link;
}

it('creates the Lease as client-go does, and renews it', async () => {
  const clock = simulatedClock();
  const api = fakeApi();
  const a = contend('a', { clock, api });
  await clock.advance(5000);
  expect(a.isWorking()).toBe(true);
  expect(a.changes).toEqual([{ type: 'Leading' }]);
  expect(specOf(api)).toEqual({
    holderIdentity: 'a',
    leaseDurationSeconds: 15,
    acquireTime: '2026-01-01T00:00:00.000000Z',
    renewTime: '2026-01-01T00:00:04.000000Z',
    leaseTransitions: 0,
  });
  // One request each 2 s: a look and a write, then only writes.
  expect(api.requests.map(({ verb }) => verb)).toEqual(['get', 'create', 'replace', 'replace']);
  a.stop();
  await settle();
  await a.done;
});

it('takes over an expired Lease, however long its holder claimed it for', async () => {
  const clock = simulatedClock();
  const api = fakeApi([
    {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'leader', namespace: 'ours' },
      spec: { holderIdentity: 'nobody', leaseDurationSeconds: 2_147_483_647 },
    },
  ]);
  const a = contend('a', { clock, api });
  await clock.advance(55_000);
  expect(a.isWorking()).toBe(false);
  await clock.advance(10_000);
  expect(a.isWorking()).toBe(true);
  a.stop();
  await settle();
  await a.done;
});

it('releases the Lease at a clean stop, after the work ended', async () => {
  const clock = simulatedClock();
  const api = fakeApi();
  const a = contend('a', { clock, api, lastsMs: 3000 });
  const b = contend('b', { clock, api });
  await clock.advance(4500);
  expect([a.isWorking(), b.isWorking()]).toEqual([true, false]);
  expect(b.changes).toEqual([{ type: 'Following', leader: 'a' }]);
  a.stop();
  await clock.advance(2900);
  expect([a.isAskedToEnd(), a.isWorking(), b.isWorking()]).toEqual([true, true, false]);
  await clock.advance(200);
  await a.done;
  expect(specOf(api)['holderIdentity']).toBe('');
  await clock.advance(4500);
  expect(b.isWorking()).toBe(true);
  expect(specOf(api)).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
  b.stop();
  await clock.advance(0);
  await b.done;
});

it('ends with the work, and throws what it throws', async () => {
  const clock = simulatedClock();
  const api = fakeApi();
  await contend('a', { clock, api, work: () => Promise.resolve() }).done;
  expect(specOf(api)['holderIdentity']).toBe('');
  const fails = contend('a', { clock, api, work: () => Promise.reject(new Error('no work')) });
  await expect(fails.done).rejects.toThrow('no work');
  expect(specOf(api)['holderIdentity']).toBe('');
});

it.each([-10 * 60_000, 10 * 60_000])(
  'waits for a silent holder by its own clock, whose time is off by %i ms',
  async (skewMs) => {
    const clock = simulatedClock();
    const api = fakeApi();
    const link = linkTo(api);
    const a = contend('a', { clock, api: link });
    await settle();
    const b = contend('b', { clock, api, skewMs });
    await clock.advance(60_000);
    expect([a.runs(), b.runs()]).toEqual([1, 0]);
    link.hang = 'before';
    // The last write was 2 s ago at most, and b looks each 3.2 s.
    await clock.advance(12_000);
    expect([a.isAskedToEnd(), b.runs()]).toEqual([true, 0]);
    const silence = expect.stringContaining('no answer from https://api.test about the Lease');
    expect(a.changes[1]).toMatchObject({ type: 'Problem', problem: { message: silence } });
    await clock.advance(8500);
    expect(b.isWorking()).toBe(true);
    a.stop();
    b.stop();
    await clock.advance(20_000);
  },
);

it('stops the work when the API is unavailable for the renew deadline, and leads again', async () => {
  const clock = simulatedClock();
  const api = fakeApi();
  const a = contend('a', { clock, api, lastsMs: 30_000 });
  await clock.advance(4100);
  const restore = api.refuse({ status: 0 });
  await clock.advance(9800);
  expect(a.isAskedToEnd()).toBe(false);
  await clock.advance(200);
  expect(a.isAskedToEnd()).toBe(true);
  expect(a.changes.map(({ type }) => type)).toEqual(['Leading', 'Problem', 'Lost']);
  restore();
  // The Lease is free for it, but the first work is not over.
  await clock.advance(29_000);
  expect([a.runs(), a.isWorking()]).toEqual([1, true]);
  await clock.advance(2000);
  expect(a.runs()).toBe(2);
  expect(a.changes.map(({ type }) => type).slice(3)).toEqual(['Recovered', 'Leading']);
  a.stop();
  await clock.advance(40_000);
  await a.done;
});

it('reports each minute that the API is unavailable, until it is back', async () => {
  const clock = simulatedClock();
  const api = fakeApi();
  const restore = api.refuse({ status: 0 });
  const a = contend('a', { clock, api });
  await clock.advance(50_000);
  expect(a.changes.map(({ type }) => type)).toEqual(['Problem']);
  await clock.advance(4 * 60_000);
  expect(a.changes.map(({ type }) => type)).toEqual(Array<string>(5).fill('Problem'));
  restore();
  await clock.advance(10_000);
  expect(a.changes.map(({ type }) => type).slice(5)).toEqual(['Recovered', 'Leading']);
  a.stop();
  await clock.advance(10_000);
});

it('goes on leading through a short outage of the API', async () => {
  const clock = simulatedClock();
  const api = fakeApi();
  const a = contend('a', { clock, api });
  const b = contend('b', { clock, api });
  await clock.advance(4100);
  const restore = api.refuse({ status: 503 });
  await clock.advance(7000);
  restore();
  await clock.advance(60_000);
  expect([a.runs(), a.isAskedToEnd(), b.runs()]).toEqual([1, false, 0]);
  a.stop();
  b.stop();
  await clock.advance(10_000);
});

it('stops at once when another holder has the Lease', async () => {
  const clock = simulatedClock();
  const api = fakeApi();
  const a = contend('a', { clock, api });
  await clock.advance(4100);
  const lease = api.stored(resources.leases, 'leader', 'ours') as KubeObject;
  api.put({ ...lease, spec: { ...specOf(api), holderIdentity: 'b' } });
  await clock.advance(4000);
  expect(a.isAskedToEnd()).toBe(true);
  expect(a.changes).toContainEqual({ type: 'Lost', message: 'b has taken the Lease' });
  a.stop();
  await clock.advance(10_000);
  expect(specOf(api)['holderIdentity']).toBe('b');
});

it('goes on leading when somebody deletes or edits the Lease', async () => {
  const clock = simulatedClock();
  const api = fakeApi();
  const a = contend('a', { clock, api });
  await clock.advance(4100);
  const lease = api.stored(resources.leases, 'leader', 'ours') as KubeObject;
  api.put({ ...lease, metadata: { ...lease.metadata, labels: { by: 'somebody' } } });
  await clock.advance(6000);
  api.remove(resources.leases, 'leader', 'ours');
  await clock.advance(6000);
  expect([a.runs(), a.isAskedToEnd(), specOf(api)['holderIdentity']]).toEqual([1, false, 'a']);
  a.stop();
  await clock.advance(0);
});

it('does not lead by an answer that arrives after its attempt timed out', async () => {
  const clock = simulatedClock();
  const api = fakeApi();
  const late: (() => void)[] = [];
  const a = contend('a', {
    clock,
    api: {
      ...api,
      create: async (...given) => {
        const written = await api.create(...given);
        await new Promise<void>((resolve) => late.push(resolve));
        return written;
      },
    },
  });
  await clock.advance(11_000);
  late[0]?.();
  await settle();
  expect(a.isWorking()).toBe(false);
  // It sees by itself that it holds the Lease.
  await clock.advance(4000);
  expect(a.isWorking()).toBe(true);
  a.stop();
  await clock.advance(0);
});

it('never has more than one leader, whatever the API does to each candidate', async () => {
  // Deterministic: an LCG, so that a failure can be seen again.
  let state = 42;
  const random = (): number => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
  const clock = simulatedClock();
  const api = fakeApi();
  const links = [linkTo(api), linkTo(api)];
  const contenders = links.map((link, index) =>
    contend(`c${index}`, { clock, api: link, random, skewMs: index * 600_000 }),
  );
  let led = 0;
  for (let step = 0; step < 600; step += 1) {
    for (const link of links)
      if (random() < 0.05) link.hang = link.hang ? false : random() < 0.5 ? 'before' : 'after';
    if (random() < 0.05) api.refuse({ status: 500, times: Math.ceil(random() * 5) });
    await clock.advance(1000);
    const leaders = contenders.filter((contender) => contender.isWorking());
    expect(leaders.length).toBeLessThanOrEqual(1);
    led += leaders.length;
  }
  expect(Math.min(...contenders.map((contender) => contender.runs()))).toBeGreaterThan(1);
  expect(led).toBeGreaterThan(100);
  for (const contender of contenders) contender.stop();
  await clock.advance(20_000);
  await Promise.all(contenders.map((contender) => contender.done));
});
