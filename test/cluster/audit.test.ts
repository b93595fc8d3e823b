import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Audit } from '../../src/commands/audit/audit-cluster.ts';
import { root, run } from '../commands/program.ts';
import { type KubeObject, accepted } from './api.ts';
import { eventually } from './eventually.ts';
import { createLimitedAccount } from './limited-account.ts';
import { createNamespace, deleteNamespace } from './namespaces.ts';
import { describeCluster } from './suite.ts';
import { type InstalledDefinition, installDefinition } from './token-policy-definition.ts';

const canary = 'canary-of-audit-4242';

/** The rights that the page asks for. */
function documentedRules(): readonly object[] {
  const page = readFileSync(join(root, 'docs/audit.md'), 'utf8');
  const [, text = ''] = /```yaml\n([^`]*kind: ClusterRole\n[^`]*)```/.exec(page) ?? [];
  return (parse(text) as { readonly rules: readonly object[] }).rules;
}

describeCluster('audit', ({ api, kubeconfig }) => {
  let namespace = '';
  let definition: InstalledDefinition | undefined;
  const folder = mkdtempSync(join(tmpdir(), 'token-injector-audit-'));
  const limited = join(folder, 'limited.kubeconfig');
  const created: KubeObject[] = [];
  const create = async (object: KubeObject): Promise<KubeObject> => {
    const answer = await accepted(api.create(object));
    created.push(answer);
    return answer;
  };
  const audit = async (args: string, config = limited) => {
    const ended = await run(['audit', ...args.split(' ')], { env: { KUBECONFIG: config } });
    expect(ended.stdout + ended.stderr).not.toContain(canary);
    return ended;
  };

  beforeAll(async () => {
    namespace = await createNamespace(api, 'audit');
    definition = await installDefinition(api);
    const clusterRole = documentedRules();
    writeFileSync(
      limited,
      await createLimitedAccount(api, create, { kubeconfig, namespace }, { clusterRole }),
    );
    await create({
      apiVersion: 'token-injector.dev/v1alpha1',
      kind: 'TokenPolicy',
      metadata: { name: namespace },
      spec: {
        match: { podSelector: { matchLabels: { audited: namespace } } },
        secret: { name: 'aikido-api-secret' },
        inject: { env: [{ name: 'AIKIDO_API_TOKEN', key: 'token' }] },
      },
    });
    const pod = (name: string, env: readonly object[]) =>
      create({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace, labels: { audited: namespace, app: name } },
        spec: {
          containers: [
            {
              name: 'app',
              image: 'registry.example/app:1.0.0',
              env: [...env, { name: 'OTHER', value: canary }],
            },
          ],
        },
      });
    const reference = (name: string, key: string) => ({
      name: 'AIKIDO_API_TOKEN',
      valueFrom: { secretKeyRef: { name, key } },
    });
    await pod('holds', [reference('aikido-api-secret', 'token')]);
    await pod('keeps', [reference('vendor', 'api-key')]);
    await pod('misses', []);
    await eventually('the rights of the account', async () => {
      expect((await audit(`-n ${namespace} -l app=holds`)).stderr).toContain('1 agent pod,');
    });
  });
  afterAll(async () => {
    for (const object of created.toReversed()) await api.delete(object);
    await definition?.remove();
    await deleteNamespace(api, namespace);
    rmSync(folder, { recursive: true });
  });

  it('finds what pods of the cluster keep and miss, with the rights that the page names', async () => {
    const { code, stdout, stderr } = await audit('-A');
    expect(code).toBe(1);
    const lines = stdout.split('\n').filter((line) => line.startsWith(`${namespace} `));
    expect(lines.map((line) => line.split(/ {2,}/).slice(2))).toEqual([
      [namespace, 'app', 'kept', expect.stringContaining('It is vendor/api-key.')],
      [namespace, 'app', 'missed', '1 pod: AIKIDO_API_TOKEN: The variable is missing.'],
    ]);
    expect(stderr).toContain(`${namespace}: 3 agent pods, 1 holding, 1 kept, 1 missed\n`);
  });

  it('ends well where every pod that the flags choose holds its token', async () => {
    const { code, stdout } = await audit(`-n ${namespace} -l app=holds -o json`);
    const { findings } = JSON.parse(stdout) as Audit;
    expect({ code, findings }).toEqual({ code: 0, findings: [] });
    expect((await audit(`-n ${namespace} -l app=misses`)).code).toBe(1);
    expect((await audit(`-n ${namespace} -l a=b=c`)).code).toBe(2);
  });

  it('and explain -l says the same of each', async () => {
    const args = ['explain', '-l', `audited=${namespace}`, '-A', '-o', 'json'];
    const { stdout } = await run(args, { env: { KUBECONFIG: limited } });
    const explained = JSON.parse(stdout) as {
      readonly object: { readonly name: string };
      readonly policies: readonly { readonly policy: string; readonly verdict: string }[];
    }[];
    const verdicts = explained.map(({ object, policies }) => [
      object.name,
      policies.find(({ policy }) => policy === namespace)?.verdict,
    ]);
    expect(Object.fromEntries(verdicts)).toEqual({
      holds: 'holds',
      keeps: 'keeps',
      misses: 'lacks',
    });
  });

  it('goes to the cluster and as the user that flags and several kubeconfigs choose', async () => {
    const away = join(folder, 'away.kubeconfig');
    const text = readFileSync(limited, 'utf8').replace(
      /"server": "[^"]*"/,
      '"server": "http://127.0.0.1:9"',
    );
    writeFileSync(away, text.replaceAll('"test"', '"away"'));
    const both = [away, limited, join(folder, 'absent')].join(delimiter);
    const args = `-n ${namespace} -l app=holds`;
    expect((await audit(args, both)).code).toBe(2);
    expect((await audit(`${args} --context test`, both)).code).toBe(0);
    expect((await audit(`${args} --cluster test --user test`, both)).code).toBe(0);
  });
});
