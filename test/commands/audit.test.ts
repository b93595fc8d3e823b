import { expect, it } from 'vitest';
import type { Answer } from '../kube/local-server.ts';
import { json, startServer, status } from '../kube/local-server.ts';
import { policyText } from '../runtime/temporary-folder.ts';
import { run } from './program.ts';
import { podOf } from './running-webhook.ts';

const list = (...items: readonly object[]) => json({ metadata: { resourceVersion: '1' }, items });
const namespace = { metadata: { name: 'shop' } };
const policies = list(JSON.parse(policyText('one')) as object);
const { metadata, spec } = podOf('one');
const pod = { metadata: { ...metadata, namespace: 'shop' }, spec };
const variable = {
  name: 'ONE_TOKEN',
  valueFrom: { secretKeyRef: { name: 'one-secret', key: 'token' } },
};
const holding = { ...pod, spec: { containers: [{ ...spec.containers[0], env: [variable] }] } };

/** Runs the command on a cluster that answers so, by path. */
async function audit(args: string, answers: Readonly<Record<string, Answer>>) {
  const server = await startServer();
  server.otherwise((response, request) => {
    (answers[request.path] ?? status(404, 'NotFound'))(response, request);
  });
  const { kubeconfig } = server;
  const ended = await run(['audit', '--kubeconfig', kubeconfig, ...args.split(' ')]);
  return { ...ended, requests: server.requests };
}
const path = {
  policies: '/apis/token-injector.dev/v1alpha1/tokenpolicies',
  allPods: '/api/v1/pods',
  pods: '/api/v1/namespaces/shop/pods',
  namespaces: '/api/v1/namespaces',
  namespace: '/api/v1/namespaces/shop',
};

it('prints a table of what it finds, with exit code 1', async () => {
  const { code, stdout, stderr } = await audit('-A', {
    [path.policies]: policies,
    [path.allPods]: list(pod),
    [path.namespaces]: list(namespace),
  });
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: 'one: 1 agent pod, 0 holding, 0 kept, 1 missed\n',
  });
  expect(stdout).toBe(
    [
      'NAMESPACE  WORKLOAD   POLICY  CONTAINER  OUTCOME  DETAIL',
      'shop       pod/agent  one     agent      missed   1 pod: ONE_TOKEN: The variable is missing.',
      '',
    ].join('\n'),
  );
});

it('ends with exit code 0 where every agent pod holds its token, of one namespace and some labels', async () => {
  const { code, stdout, requests } = await audit('-n shop -l agent=one -o json', {
    [path.policies]: policies,
    [path.pods]: list(holding),
    [path.namespace]: json(namespace),
  });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    policies: [{ policy: 'one', selected: 1, holding: 1, kept: 0, missed: 0 }],
    findings: [],
    invalid: [],
  });
  const asked = requests.find((request) => request.path === path.pods);
  expect(asked?.query).toMatchObject({ labelSelector: 'agent=one', limit: '500' });
});

it('ends with exit code 2 where one namespace and all are asked for', async () => {
  const { code, stdout, stderr } = await audit('-A -n shop', {});
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(
    "option '-A, --all-namespaces' cannot be used with option '-n, --namespace <name>'",
  );
});

it('ends with exit code 2 where it may not look', async () => {
  const { code, stdout, stderr } = await audit('-A', {
    [path.policies]: policies,
    [path.allPods]: status(403, 'Forbidden', 'no'),
  });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('needs the rights to list tokenpolicies.token-injector.dev, pods and');
});
