import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { decideInjection } from '../../src/core/injection/decide-injection.ts';
import type { Decision } from '../../src/core/injection/decision.ts';
import { applyOperations } from '../../src/manifests/edit/apply-operations.ts';
import { previewText } from '../../src/manifests/preview-injection.ts';
import { type Case, ownNamespace, readCases } from '../case-folder.ts';

/** What the webhook does to the pod, policy by policy, as the API server asks. */
function askInTurn({ set, pod, facts }: Case): { decisions: Decision[]; result: unknown } {
  let result = pod;
  const decisions = set.policies.map((policy) => {
    const decision = decideInjection(policy, result, facts);
    if (decision.changed) result = applyOperations(result, decision.operations);
    return decision;
  });
  return { decisions, result };
}

const previewCase = ({ podText, set, namespace, namespaceLabels }: Case) =>
  previewText(podText, set, { namespace, namespaceLabels, ownNamespace });

// A manifest holds no ephemeral containers.
const inManifests = readCases().filter(({ facts }) => !facts.ephemeral);

describe.each(inManifests)('case $name: $title', (testCase) => {
  const { after: write, diff, pods, problems } = previewCase(testCase);
  const after = write();

  it('is previewed as the webhook decides it', () => {
    const { decisions, result } = askInTurn(testCase);
    expect(problems).toEqual([]);
    expect(pods).toHaveLength(1);
    expect(pods[0]!.decisions.map(({ decision }) => decision)).toEqual(decisions);
    expect(parse(after)).toEqual(result);
    if (!decisions.some(({ changed }) => changed)) expect(after).toBe(testCase.podText);
  });

  it('is shown as expected', async () => {
    await expect(diff('pod.yaml')).toMatchFileSnapshot(join(testCase.folder, 'expected.diff'));
  });

  it('is a fixed point once previewed', () => {
    expect(previewCase({ ...testCase, podText: after }).after()).toBe(after);
  });
});
