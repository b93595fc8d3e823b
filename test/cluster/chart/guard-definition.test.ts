import { revisionAnnotation } from '../../../src/core/identity.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tokenPolicyDefinition } from '../../../src/core/registration/custom-resource-definition.ts';
import { schemaRevision } from '../../../src/core/policy/schema-revision.ts';
import { type ApiResponse, type KubeObject, accepted } from '../api.ts';
import { eventually } from '../eventually.ts';
import { describeCluster } from '../suite.ts';
import { type InstalledDefinition, installDefinition } from '../token-policy-definition.ts';
import { type GuardedAccount, openGuardedAccount } from './guarded-account.ts';

const ours: KubeObject = tokenPolicyDefinition();
const { versions } = tokenPolicyDefinition().spec;
const dryRun = { query: { dryRun: 'All' } };
const revision = (number: number) => ({ annotations: { [revisionAnnotation]: String(number) } });
const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

const owned = {
  ownerReferences: [{ apiVersion: 'v1', kind: 'Namespace', name: 'gone', uid: 'no-such-uid' }],
};
const finalized = { finalizers: ['attacker.example/x'] };
const unserved = { spec: { versions: [{ ...versions[0], served: false }] } };

/** What whoever has the account's token would do to all policies, by a patch of their definition. */
const attacks: Readonly<Record<string, object>> = {
  'take fields out of every policy': {
    spec: { versions: [{ ...versions[0], schema: { openAPIV3Schema: anything } }] },
  },
  'have the garbage collector delete every policy': { metadata: owned },
  'keep the definition from being deleted': { metadata: finalized },
  'have no policy served': unserved,
  'pass for a newer revision': { metadata: revision(999_999_999) },
  'have the controller write it': { metadata: revision(0) },
};
const each = Object.keys(attacks);

async function expectDenial(answer: Promise<ApiResponse<unknown>>, because: string) {
  const { ok, body } = await answer;
  const message = expect.stringMatching(
    `token-injector-guarded\\.guard\\.crd' .*denied.*${because}`,
  );
  expect({ ok, body }).toMatchObject({ ok: false, body: { message } });
}
const atRest = 'only where it is missing or older';

describeCluster('the guard of the definition', ({ api, kubectl, startedHere }) => {
  let account: GuardedAccount;
  let definition: InstalledDefinition;
  beforeAll(async () => {
    // In a cluster of somebody else it may be in use.
    if (!startedHere) return;
    definition = await installDefinition(api);
    account = await openGuardedAccount(api, kubectl);
  });
  afterAll(async () => {
    await account?.close();
    await definition?.remove();
  });

  const attempt = (attack: string) => account.api.patch(ours, attacks[attack], dryRun);
  const write = (change: object = {}) => {
    const metadata = { ...ours.metadata, ...change };
    return account.api.apply({ ...ours, metadata }, { ...dryRun, force: true });
  };

  describe.runIf(startedHere)('without it, the rights of the account', () => {
    it.each(each)('let it %s', async (attack) => {
      await accepted(attempt(attack));
    });
  });

  describe.runIf(startedHere)('keeps the account from what its rights allow:', () => {
    beforeAll(async () => {
      for (const object of account.guards) await accepted(api.apply(object));
      await eventually('the guard to be in force', async () => {
        await expectDenial(attempt(each[0]!), atRest);
      });
    });

    it.each(each)('to %s', async (attack) => {
      await expectDenial(attempt(attack), atRest);
    });

    it('to write the definition that is there already', async () => {
      await expectDenial(write({ labels: { a: 'b' } }), atRest);
    });

    it.each([
      ['older', { [revisionAnnotation]: '0' }],
      ['of no revision', { [revisionAnnotation]: null }],
      ['of a revision that is no number', { [revisionAnnotation]: 'x' }],
    ])('but for one that is %s, which it may replace by its own', async (_, annotations) => {
      await accepted(api.patch(ours, { metadata: { annotations } }));
      await accepted(write());
      await expectDenial(write({ annotations: {} }), 'has the revision');
      await expectDenial(write(revision(schemaRevision + 1)), 'has the revision');
      await expectDenial(write(owned), 'owners and finalizers');
      await expectDenial(write(finalized), 'owners and finalizers');
      const away = { metadata: revision(schemaRevision), ...unserved };
      await expectDenial(account.api.patch(ours, away, dryRun), 'is served');
    });

    it('and lets it create one that is missing, as its own only', async () => {
      await definition.remove();
      await expectDenial(write(revision(999_999_999)), 'has the revision');
      await expectDenial(write(finalized), 'owners and finalizers');
      await accepted(write());
    });
  });
});
