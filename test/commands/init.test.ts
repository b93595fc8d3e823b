import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root, run } from './program.ts';

const agents = readdirSync(join(root, 'examples/agents'))
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.slice(0, -'.yaml'.length));

it('prints the file of an agent', async () => {
  expect(await run(['init', 'datadog'])).toEqual({
    code: 0,
    stdout: readFileSync(join(root, 'examples/agents/datadog.yaml'), 'utf8'),
    stderr: '',
  });
});

it('lists every agent with one line', async () => {
  const { code, stdout } = await run(['init', '--list']);
  expect(code).toBe(0);
  const lines = stdout.trimEnd().split('\n');
  expect(lines.map((line) => line.split(' ')[0])).toEqual(agents.toSorted());
  expect(lines).toContain("snyk                      Snyk's monitor");
});

it.each([
  ['datdog', /no agent "datdog": did you mean datadog\?\nIt has aikido, /],
  ['nothing-like-it', /no agent "nothing-like-it"\nIt has aikido, /],
  ['dynatrace', /Dynatrace needs no policy: its operator reads .*\nInstead, have a Secret /],
  ['snyk --key token', /--key: the policy has the keys serviceAccountApiToken and integrationId/],
  ['snyk --secret A_b', /spec\.secret\.name: must be a Secret name/],
  ['snyk --namespace A', /--namespace: "A" is not the name of a namespace/],
  ['snyk --list', /name an agent, or use --list/],
])('init %s ends with exit code 2 and says why', async (args, message) => {
  const { code, stdout, stderr } = await run(['init', ...args.split(' ')]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(message);
});
