import { createHash } from 'node:crypto';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { accepted, type KubeObject } from '../api.ts';
import { eventually } from '../eventually.ts';
import { createNamespace, deleteNamespace } from '../namespaces.ts';
import {
  isReady,
  logOf,
  podThat,
  printed,
  printHashOfFile,
  printHashOfVariable,
  scriptContainer,
} from './pods.ts';
import { describeNode } from './suite.ts';

const token = 'a value that is hashed';
const hash = createHash('sha256').update(token).digest('hex');

describeNode('the node of the tests', ({ api, kubectl, helm, images, node }) => {
  let namespace = '';
  beforeAll(async () => {
    namespace = await createNamespace(api, 'node');
  });
  afterAll(() => deleteNamespace(api, namespace));

  const secret = (name: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace, name },
    stringData: { token },
  });
  const pod = (name: string, container: object, spec: object = {}): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, labels: { app: name } },
    spec: { terminationGracePeriodSeconds: 1, containers: [container], ...spec },
  });
  const variable = (from: string) => ({
    env: [{ name: 'TOKEN', valueFrom: { secretKeyRef: { name: from, key: 'token' } } }],
  });

  it('runs a pod that gets a variable and a file from a Secret', async () => {
    await accepted(api.create(secret('present')));
    const mounted = { volumeMounts: [{ name: 'files', mountPath: '/files' }] };
    const agents = [
      pod(
        'variable',
        scriptContainer(images.agent, printHashOfVariable('TOKEN'), variable('present')),
      ),
      pod('file', scriptContainer(images.agent, printHashOfFile('/files/token'), mounted), {
        volumes: [{ name: 'files', secret: { secretName: 'present' } }],
      }),
    ];
    for (const agent of agents) await accepted(api.create(agent));
    for (const name of ['variable', 'file']) {
      await podThat(api, { namespace, name }, isReady);
      await printed(kubectl, { namespace, name }, hash);
    }
  });

  it('holds a pod whose Secret is missing, and starts it when the Secret comes', async () => {
    const container = scriptContainer(images.agent, printHashOfVariable('TOKEN'), variable('late'));
    await accepted(api.create(pod('waiting', container)));
    const where = { namespace, name: 'waiting' };
    await podThat(api, where, ({ status }) => {
      expect(status.containerStatuses?.[0]?.state.waiting).toMatchObject({
        reason: 'CreateContainerConfigError',
        message: 'secret "late" not found',
      });
    });
    await accepted(api.create(secret('late')));
    await podThat(api, where, isReady);
    await printed(kubectl, where, hash);
  });

  it('carries a Service from pod to pod, also to the pod that asks', async () => {
    const serve = `
      require('node:http').createServer((request, answer) => answer.end('served')).listen(8080);
      process.on('SIGTERM', () => process.exit());`;
    const probe = { readinessProbe: { httpGet: { port: 8080 }, periodSeconds: 1 } };
    await accepted(api.create(pod('server', scriptContainer(images.agent, serve, probe))));
    const service = await accepted(
      api.create<{ readonly spec: { readonly clusterIP: string } }>({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { namespace, name: 'server' },
        spec: { selector: { app: 'server' }, ports: [{ port: 80, targetPort: 8080 }] },
      }),
    );
    await podThat(api, { namespace, name: 'server' }, isReady);
    const url = `http://${service.spec.clusterIP}`;
    const ask = `fetch(${JSON.stringify(url)}).then((answer) => answer.text()).then(console.log)`;
    for (const name of ['variable', 'server']) {
      await eventually(`an answer to ${name}`, async () => {
        const { stdout } = await kubectl(['exec', '-n', namespace, name, '--', 'node', '-e', ask]);
        expect(stdout).toBe('served\n');
      });
    }
  });

  it('lets a pod reach the API server by its Service', async () => {
    const script = `
      const { readFileSync } = require('node:fs');
      const folder = '/var/run/secrets/kubernetes.io/serviceaccount/';
      const read = (name) => readFileSync(folder + name, 'utf8');
      const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
      const headers = { authorization: 'Bearer ' + read('token') };
      const request = { host, port, path: '/version', ca: read('ca.crt'), headers, agent: false };
      require('node:https').get(request, (answer) => {
        console.log(answer.statusCode);
        answer.destroy();
      });`;
    const once = pod('client', scriptContainer(images.agent, script), { restartPolicy: 'Never' });
    await accepted(api.create(once));
    const where = { namespace, name: 'client' };
    await podThat(api, where, ({ status }) => expect(status.phase).toBe('Succeeded'));
    expect(await logOf(kubectl, where)).toBe('200');
  });

  it("runs the project's image as what it says it is", async () => {
    const container = {
      name: 'help',
      image: images.project,
      imagePullPolicy: 'IfNotPresent',
      args: ['--help'],
      securityContext: { runAsNonRoot: true, readOnlyRootFilesystem: true },
    };
    await accepted(api.create(pod('help', container, { restartPolicy: 'Never' })));
    const where = { namespace, name: 'help' };
    await podThat(api, where, ({ status }) => expect(status.phase).toBe('Succeeded'));
    expect(await logOf(kubectl, where)).toMatch(/^Usage: token-injector/);
  });

  it('is known to helm', async () => {
    const { code, stdout, stderr } = await helm(['list', '--all-namespaces', '--output', 'json']);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toBeInstanceOf(Array);
  });

  it.runIf(node)(
    'goes on when the API server or the kubelet is killed and comes back',
    async () => {
      const agent = scriptContainer(images.agent, printHashOfVariable('TOKEN'));
      await node?.kill('kube-apiserver');
      await expect(api.request('GET', '/readyz')).rejects.toThrow('ECONNREFUSED');
      await node?.restart('kube-apiserver', ['--max-requests-inflight=399']);
      await node?.kill('kubelet');
      await accepted(api.create(pod('after', agent)));
      await node?.restart('kubelet');
      await podThat(api, { namespace, name: 'after' }, isReady);
      await printed(kubectl, { namespace, name: 'after' }, 'absent');
      await eventually('the event', () => {
        const names = node?.auditLog().map(({ objectRef }) => objectRef?.name);
        expect(names).toContain('after');
      });
      await node?.restart('kube-apiserver');
    },
  );
});
