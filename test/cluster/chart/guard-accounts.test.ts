import { afterAll, beforeAll, expect, it } from 'vitest';
import { maxBytes, storedSize } from '../../../src/core/registration/configuration-size.ts';
import { accepted } from '../api.ts';
import { eventually } from '../eventually.ts';
import { describeCluster } from '../suite.ts';
import { type GuardedAccount, configuration, openGuardedAccount } from './guarded-account.ts';

describeCluster('the guard of the controller, of entries for ServiceAccounts', (cluster) => {
  const { api, kubectl } = cluster;
  let account: GuardedAccount;
  const write = (webhooks: readonly object[]) =>
    account.api.apply(configuration(webhooks), { query: { dryRun: 'All' }, force: true });
  const entryFor = (serviceAccountNames: readonly string[], name = 'aikido') =>
    account.entry(name, { serviceAccountNames });
  beforeAll(async () => {
    account = await openGuardedAccount(api, kubectl);
    for (const object of account.guards) await accepted(api.apply(object));
    await eventually('the guard to be in force', async () => {
      const delaying = { ...entryFor(['agent']), timeoutSeconds: 2 };
      expect(await write([delaying])).toMatchObject({ ok: false });
    });
  });
  afterAll(() => account?.close());

  it('lets the account write them', async () => {
    await accepted(write([entryFor(['agent'])]));
    await accepted(write([entryFor(['agent', 'o.1'])]));
  });

  it.each([
    ['asks for more', (text: string) => ({ expression: `${text} && 'a' in ['a']` })],
    ['calls something', (text: string) => ({ expression: text.replace("'agent'", "string('a')") })],
    ['begins with something else', (text: string) => ({ expression: `true && ${text}` })],
    ['has another name', () => ({ name: 'x' })],
  ])('refuses one whose condition %s', async (_, change) => {
    const entry = entryFor(['agent']);
    const matchConditions = entry.matchConditions.map((condition) =>
      condition.name === 'of-service-account'
        ? { ...condition, ...change(condition.expression) }
        : condition,
    );
    expect(matchConditions).not.toEqual(entry.matchConditions);
    expect(await write([{ ...entry, matchConditions }])).toMatchObject({
      ok: false,
      body: { message: expect.stringContaining('has only match conditions of token-injector') },
    });
  });

  it.each([64, 18])('can afford as many with %i accounts as fit', async (count) => {
    const names = Array.from({ length: count }, (_, index) => `${'a'.repeat(250)}${index}`);
    const most = Math.floor(maxBytes / storedSize(entryFor(names)));
    const entries = Array.from({ length: Math.min(300, most) }, (_, index) =>
      entryFor(names, `p${index}`),
    );
    await accepted(write(entries));
  });
});
