import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { agentText, keysOf } from '../../src/catalogue/agent-text.ts';
import { catalogueAgents } from '../../src/catalogue/catalogue.ts';
import { parsePolicy } from '../../src/core/policy/parse-policy.ts';

const withPolicy = catalogueAgents().filter(({ policy }) => policy);
const find = (wanted: string) => withPolicy.find(({ name }) => name === wanted)!;

describe.each(withPolicy)('$name', (agent) => {
  it('is printed as it stands, if nothing is chosen', () => {
    expect(agentText(agent, {})).toBe(agent.text);
  });

  it('is a policy with what is chosen, and its comment makes that Secret', () => {
    const choices = { name: 'my-name', secret: 'my-secret', namespace: 'my-namespace' };
    const [key, ...others] = keysOf(agent.policy);
    const text = agentText(agent, others.length > 0 ? choices : { ...choices, key: 'my-key' });
    const parsed = parsePolicy(parse(text));
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const { policy } = parsed;
    expect(policy.name).toBe('my-name');
    expect(policy.spec.secret.name).toBe('my-secret');
    expect(policy.spec.match.namespaces).toEqual(['my-namespace']);
    const wantedKey = others.length > 0 ? key! : 'my-key';
    expect(policy.secretKeys.map((one) => one.key)).toContain(wantedKey);
    expect(text).toMatch(/kubectl -n my-namespace create secret generic my-secret /);
    expect(text).toMatch(new RegExp(`--from-(?:file|literal)=${wantedKey}=`));
    expect(text).not.toMatch(/kubectl -n (?!my-namespace )/);
  });
});

it('names the Secret in the value of the chart, and nowhere where it is something else', () => {
  expect(agentText(find('datadog'), { secret: 'mine' })).toContain(
    '# Set: datadog.apiKeyExistingSecret=mine\n',
  );
  expect(agentText(find('aikido'), { secret: 'mine' })).toContain(
    '# Set: agent.externalSecret=mine. The agent',
  );
  expect(agentText(find('wiz'), { secret: 'mine' })).toContain('wizApiToken.secret.name=mine\n');
  const snyk = agentText(find('snyk'), { secret: 'mine' });
  expect(snyk).toContain('by default snyk-monitor.');
  expect(snyk).toContain('kubectl -n snyk-monitor create secret generic mine ');
});

it('names the policy in the annotation that asks for it', () => {
  expect(agentText(find('aikido-zen'), { name: 'zen' })).toContain('inject: "zen" on the pods');
});
