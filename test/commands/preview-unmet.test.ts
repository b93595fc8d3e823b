import { describe, expect, it } from 'vitest';
import { podOf } from './running-webhook.ts';
import { policyText } from '../runtime/temporary-folder.ts';
import { podText, project } from './preview-project.ts';

describe('what a policy wants and does not give', () => {
  const kept = JSON.stringify({
    ...podOf('one'),
    spec: {
      containers: [
        { name: 'first', image: 'a' },
        {
          name: 'second',
          image: 'a',
          env: [
            { name: 'ONE_TOKEN', valueFrom: { secretKeyRef: { name: 'chart', key: 'api-key' } } },
          ],
        },
      ],
    },
  });

  it('is told on standard error, and fails where --fail-on names the outcome', async () => {
    const { preview } = project({ 'pod.yaml': kept });
    const { code, stderr } = await preview('pod.yaml');
    expect(code).toBe(0);
    expect(stderr).toBe(
      'pod.yaml:1: Pod default/agent: one: second ONE_TOKEN -> chart/api-key: env-kept-reference: The variable was there as a reference, which the policy keeps.\n1 policy selects no pod: two\n',
    );
    const codes = async (failOn: string) => (await preview(`--fail-on ${failOn} pod.yaml`)).code;
    expect(await codes('kept')).toBe(1);
    expect(await codes('conflict,env-kept-reference')).toBe(1);
    expect(await codes('conflict,env-present')).toBe(0);
  });

  it('is told where a policy selects no pod, which --fail-on calls none-selected', async () => {
    const { preview } = project({
      'other.yaml': podText('a', 'x'),
      'one.yaml': podText('b'),
      'two.yaml': podText('c', 'two'),
    });
    const { code, stderr } = await preview('other.yaml');
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'no policy selects the pod\n' });
    const partly = await preview('other.yaml one.yaml');
    expect(partly.stderr).toBe('1 policy selects no pod: two\n');
    const codes = async (files: string) => (await preview(`--fail-on none-selected ${files}`)).code;
    expect(await codes('other.yaml')).toBe(1);
    expect(await codes('other.yaml one.yaml')).toBe(1);
    expect(await codes('other.yaml one.yaml two.yaml')).toBe(0);
  });

  it('is no outcome to fail on where only a cluster shows it', async () => {
    const { preview } = project({ 'pod.yaml': podText('a') });
    const failOn = async (reason: string) => await preview(`--fail-on ${reason} pod.yaml`);
    for (const reason of ['secret-missing', 'pod-missed', 'not-a-pod', 'no-new-container']) {
      const { code, stderr } = await failOn(reason);
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: `token-injector: --fail-on: "${reason}" is a reason that preview does not judge, only a cluster shows it\n`,
      });
    }
    expect((await failOn('keept')).stderr).toContain('is neither none-selected nor a reason');
  });

  it('is a reason to fail where only a warning has it', async () => {
    const pod = podOf('one');
    const annotations = { 'token-injector.dev/inject': 'Yes please' };
    const metadata = { ...pod.metadata, annotations };
    const { preview } = project({ 'pod.yaml': JSON.stringify({ ...pod, metadata }) });
    expect((await preview('--fail-on annotation-inject-bad pod.yaml')).code).toBe(1);
  });
});

describe('what a policy names and the manifests do not have', () => {
  const secret = (name: string, data: object) =>
    JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, ...data });
  const told = async (data: object) => {
    const manifests = { 'pod.yaml': podText('a'), 'secret.yaml': secret('one-secret', data) };
    return (await project(manifests).preview('pod.yaml secret.yaml')).stderr;
  };

  it('is told of the keys of a Secret, without what it holds', async () => {
    const lacks =
      'secret.yaml:1: Secret default/one-secret lacks the key token of the policy one, it has Token\n';
    for (const field of ['data', 'stringData']) {
      const stderr = await told({ [field]: { Token: 'AIK_CANARY' } });
      expect(stderr).toContain(lacks);
      expect(stderr).not.toContain('CANARY');
    }
    expect(await told({ data: { other: 'eA==' } })).toContain(lacks.replace(', it has Token', ''));
    expect(await told({ stringData: { token: 'x' } })).not.toContain('lacks');
  });

  it('is not told of a Secret of another namespace', async () => {
    const metadata = { name: 'one-secret', namespace: 'other' };
    expect(await told({ metadata, data: {} })).not.toContain('lacks');
  });

  it('is told of containers', async () => {
    const match = '"match":{"containers":{"include":["agent","agemt","a*"]},';
    const { preview } = project({
      'pod.yaml': podText('a'),
      'policies.yaml': policyText('one').replace('"match":{', match),
    });
    expect((await preview('pod.yaml')).stderr).toBe(
      'one: containers.include has agemt, which no container of the selected pods has as its name; did you mean "agent"?\n',
    );
  });

  it('is told of namespaces that are always left out', async () => {
    const match = '"match":{"namespaces":["token-injector","closed","default"],';
    const { preview } = project({
      'pod.yaml': podText('a'),
      'policies.yaml': policyText('one').replace('"match":{', match),
    });
    const { stderr } = await preview('--excluded-namespaces closed -n default pod.yaml');
    expect(stderr).toBe(
      [
        'one: match.namespaces has token-injector: own-namespace: The pod is in the namespace of token-injector itself, which is always left out.\n',
        'one: match.namespaces has closed: excluded-namespace: The pod is in a namespace that the installation excludes for all policies.\n',
      ].join(''),
    );
  });
});
