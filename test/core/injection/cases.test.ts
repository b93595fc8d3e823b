import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { decideInjection } from '../../../src/core/injection/decide-injection.ts';
import type { Decision } from '../../../src/core/injection/decision.ts';
import { applyOperations } from '../../../src/manifests/edit/apply-operations.ts';
import { type Case, readCases } from '../../case-folder.ts';
import { deepFreeze } from '../../deep-freeze.ts';

/** What each policy decides in turn, as the API server calls them, and the pod in the end. */
function decideInTurn({ set, pod, facts }: Case): {
  decisions: Record<string, Decision>;
  result: unknown;
} {
  const decisions: Record<string, Decision> = {};
  let result = pod;
  for (const policy of set.policies) {
    const decision = decideInjection(policy, deepFreeze(result), facts);
    decisions[policy.name] = decision;
    if (decision.changed) result = applyOperations(result, decision.operations);
  }
  return { decisions, result };
}

describe.each(readCases())('case $name: $title', (testCase) => {
  it('is decided as expected', async () => {
    const { decisions } = decideInTurn(testCase);
    const text = stringify(decisions, { aliasDuplicateObjects: false, lineWidth: 0 });
    await expect(text).toMatchFileSnapshot(join(testCase.folder, 'expected.yaml'));
  });

  it('is decided the same twice, and is unchanged once decided', () => {
    const { decisions, result } = decideInTurn(testCase);
    expect(decideInTurn(testCase).decisions).toEqual(decisions);
    const again = decideInTurn({ ...testCase, pod: result });
    expect(Object.values(again.decisions).map(({ changed }) => changed)).not.toContain(true);
    expect(again.result).toEqual(result);
  });

  it('holds the operations under the paths that are ours', () => {
    for (const decision of Object.values(decideInTurn(testCase).decisions)) {
      if (!decision.changed) continue;
      for (const { path } of decision.operations) expect(path).toMatch(ownPath);
    }
  });
});

const ownPath =
  /^\/spec\/(volumes(\/-)?|(initContainers|containers|ephemeralContainers)\/\d+\/(env(\/\d+)?|volumeMounts(\/(-|\d+))?))$/;
