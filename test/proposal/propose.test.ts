import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { catalogueAgents } from '../../src/catalogue/catalogue.ts';
import { describeEffect } from '../../src/commands/init/describe-effect.ts';
import { parsePolicy } from '../../src/core/policy/parse-policy.ts';
import { policySet } from '../../src/core/policy/policy-set.ts';
import { previewText } from '../../src/manifests/preview-injection.ts';
import { proposePolicies } from '../../src/proposal/propose.ts';
import { readManifests } from '../../src/proposal/workloads.ts';
import type { Place } from '../../tools/agents/catalogue.ts';
import { findHolding } from '../../tools/agents/trial.ts';

const agents = catalogueAgents();
const folder = join(import.meta.dirname, 'cases');
const agentsFolder = join(import.meta.dirname, '../agents');

const readsToken = 'reads its token';

interface Outcome extends Place {
  /** `readsToken`, or a part of what is told. */
  readonly outcome: string;
}

function policyOf(text: string) {
  const parsed = parsePolicy(parse(text));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.policy;
}

function propose(name: string) {
  const text = readFileSync(join(folder, name, 'manifests.yaml'), 'utf8');
  const { texts, notes } = proposePolicies(readManifests([text]), agents, {});
  const set = policySet(texts.map(policyOf));
  const preview = previewText(text, set, { namespace: 'default', ownNamespace: 'token-injector' });
  const lines = [...notes, ...describeEffect(set, preview.pods)].map((line) => `${line}\n`);
  return { set, preview, told: [...texts, lines.join('')].join('---\n') };
}

describe.each(readdirSync(folder))('%s', (name) => {
  const { preview, told } = propose(name);

  it('gives the policies expected, and what they do', async () => {
    expect(preview.problems).toEqual([]);
    await expect(told).toMatchFileSnapshot(join(folder, name, 'expected.txt'));
  });

  it('gives every container its token', () => {
    expect(told).not.toMatch(/^ {2}not /m);
  });

  it('tells no value', () => {
    expect(told).not.toContain('hunter2');
  });
});

// The charts of vendors, and what else has to be told for each place.
const withOutcome = readdirSync(folder).filter((name) =>
  existsSync(join(folder, name, 'outcome.yaml')),
);

it.each(withOutcome)('%s reads its token, or a sentence says why not', (name) => {
  const outcomes = parse(readFileSync(join(folder, name, 'outcome.yaml'), 'utf8')) as Outcome[];
  const { set, preview, told } = propose(name);
  const reads = outcomes.filter(({ outcome }) => outcome === readsToken);
  const holding = set.policies.flatMap((policy) => findHolding(preview.after(), policy, reads));
  for (const { outcome, ...place } of outcomes)
    if (outcome === readsToken) expect(holding).toContainEqual(place);
    else expect(told).toContain(outcome);
});

const withPolicy = agents.filter(({ policy }) => policy);

describe.each(withPolicy)('the workloads of $name', (agent) => {
  it('are recognised, and get the policy of the catalogue as it is', () => {
    const text = readFileSync(join(agentsFolder, agent.name, 'workloads.yaml'), 'utf8');
    expect(proposePolicies(readManifests([text]), agents, {}).texts).toEqual([agent.text]);
  });
});

it('takes the names that are chosen', () => {
  const text = readFileSync(join(folder, 'written-out/manifests.yaml'), 'utf8');
  const choices = { name: 'mine', secret: 'my-secret', key: 'my-key', namespace: 'here' };
  const [proposed] = proposePolicies(readManifests([text]), agents, choices).texts;
  const policy = policyOf(proposed!);
  expect(policy.name).toBe('mine');
  expect(policy.spec.secret.name).toBe('my-secret');
  expect(policy.secretKeys.map(({ key }) => key)).toEqual(['my-key', 'my-key']);
  expect(policy.spec.match.namespaces).toEqual(['here']);
  expect(proposed).toContain('kubectl -n here create secret generic my-secret --from-file=my-key=');
});

it('keeps a comment a comment, whatever the names in the manifests', () => {
  const text = readFileSync(join(folder, 'written-out/manifests.yaml'), 'utf8');
  const hostile = text.replaceAll('name: agent', 'name: "agent\\nspec: {}"');
  const [proposed] = proposePolicies(readManifests([hostile]), agents, {}).texts;
  expect(proposed).toMatch(/^(# .*\n|#\n)+apiVersion: /);
  expect(proposed).toContain('of Deployment agent spec: {}.');
});
