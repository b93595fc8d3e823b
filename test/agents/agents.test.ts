import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAgentFile } from '../../src/catalogue/agent-file.ts';
import { keysOf } from '../../src/core/policy/compile-policy.ts';
import { type Place, readCatalogue, readTrial } from '../../tools/agents/catalogue.ts';
import { tokenSource } from '../../tools/agents/token-source.ts';
import { tryPolicy } from '../../tools/agents/trial.ts';

const root = join(import.meta.dirname, '../..');
const withPolicy = readCatalogue(root).filter(({ policy }) => policy);
const inWords = (places: readonly Place[]) =>
  places.map(({ workload, container, subject }) => `${workload} ${container} ${subject}`);

it('tries every policy of the catalogue', () => {
  const tried = readdirSync(import.meta.dirname, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  expect(tried.toSorted()).toEqual(withPolicy.map(({ name }) => name));
});

describe.each(withPolicy)('$name', (agent) => {
  const trial = readTrial(root, agent);
  const { policy, diff, holding } = tryPolicy(trial);

  it('has a policy of its own name', () => {
    expect(policy.name).toBe(agent.name);
  });

  it('changes the workloads as expected', async () => {
    await expect(diff).toMatchFileSnapshot(join(import.meta.dirname, agent.name, 'expected.diff'));
  });

  it('has its token where it reads it, and nowhere else', () => {
    expect(inWords(holding).toSorted()).toEqual(inWords(trial.reads).toSorted());
  });

  it('says how to make its Secret', () => {
    const command = agent.notes.Secret;
    expect(command).toContain(`create secret generic ${policy.spec.secret.name} `);
    for (const key of keysOf(policy.secretKeys)) expect(command).toMatch(`=${key}=`);
  });
});

describe('a file of the catalogue', () => {
  const policy = 'kind: TokenPolicy\n';

  it('gives its agent, its notes and its policy', () => {
    const text = `# Agent: its token.\n#\n# Reads: TOKEN,\n#   always.\n# Secret:\n#   kubectl\n${policy}`;
    expect(parseAgentFile('agent', text)).toEqual({
      name: 'agent',
      title: 'Agent',
      summary: 'its token',
      notes: { Reads: 'TOKEN,\nalways.', Secret: 'kubectl' },
      policy: { kind: 'TokenPolicy' },
    });
  });

  it.each([
    ['no first line', policy, 'must begin with the lines'],
    ['no policy and no way out', '# Agent: none.\n#\n# Chart: one\n', 'lacks the label Instead'],
    ['a policy alone', `# Agent: one.\n#\n${policy}`, 'lacks the label Reads, Secret'],
    ['another order', '# Agent: one.\n#\n# Set: a\n# Chart: b\n', '"# Chart: b" is neither'],
    ['loose text', '# Agent: one.\n#\n# text\n', '"# text" is neither'],
  ])('is refused with %s', (_, text, message) => {
    expect(() => parseAgentFile('agent', text)).toThrow(message);
  });
});

describe('a container reads', () => {
  const volumes = [
    { name: 'all', secret: { secretName: 'whole' } },
    { name: 'some', secret: { secretName: 'part', items: [{ key: 'token', path: 'a/token' }] } },
    { name: 'other' },
  ];
  const ref = (name: string) => ({ secretKeyRef: { name, key: 'token' } });
  const container = {
    name: 'agent',
    env: [
      { name: 'TOKEN', valueFrom: ref('first') },
      { name: 'TOKEN', valueFrom: ref('last') },
      { name: 'PLAIN' },
    ],
    volumeMounts: [
      { name: 'all', mountPath: '/etc/agent/' },
      { name: 'some', mountPath: '/etc/agent/some' },
      { name: 'other', mountPath: '/other' },
    ],
  };

  it.each([
    ['TOKEN', { secret: 'last', key: 'token' }],
    ['PLAIN', undefined],
    ['/etc/agent/config.yaml', { secret: 'whole', key: 'config.yaml' }],
    ['/etc/agent/some/a/token', { secret: 'part', key: 'token' }],
    ['/etc/agent/some/b', { secret: 'part', key: undefined }],
    ['/other/file', undefined],
    ['/elsewhere', undefined],
  ])('%s from %j', (subject, source) => {
    expect(tokenSource({ containers: [], volumes }, container, subject)).toEqual(source);
  });
});
