import { afterAll, beforeAll, expect, it } from 'vitest';

import { accepted, type KubeObject } from './api.ts';
import { readAuditLog } from './audit-log.ts';
import { eventually } from './eventually.ts';
import { createNamespace, deleteNamespace } from './namespaces.ts';
import { describeCluster } from './suite.ts';

const podTemplate = (app: string) => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: 'app', image: 'example.test/app:1' }] },
});

const selected = (app: string) => ({
  selector: { matchLabels: { app } },
  template: podTemplate(app),
});

const podOf = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: podTemplate(name).spec,
});

describeCluster('the control plane of the tests', ({ api, kubectl, startedHere, auditLog }) => {
  let namespace = '';
  let nodeIsOurs = false;
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'made-up' } };

  beforeAll(async () => {
    namespace = await createNamespace(api, 'harness', { purpose: 'test' });
    const nodes = await accepted(api.list(node));
    nodeIsOurs = nodes.items.length === 0;
    if (nodeIsOurs) await accepted(api.create(node));
  });
  afterAll(async () => {
    await deleteNamespace(api, namespace);
    if (nodeIsOurs) await api.delete(node);
  });

  const podsOf = async (app: string): Promise<readonly KubeObject[]> => {
    const pods = { apiVersion: 'v1', kind: 'Pod' };
    const list = await accepted(api.list(pods, { namespace, labelSelector: `app=${app}` }));
    return list.items;
  };
  const workload = (apiVersion: string, kind: string, spec: object): KubeObject => {
    const app = kind.toLowerCase();
    return { apiVersion, kind, metadata: { name: app, namespace }, spec };
  };

  it('makes the pods of a Deployment', async () => {
    const spec = { replicas: 2, ...selected('deployment') };
    await accepted(api.apply(workload('apps/v1', 'Deployment', spec)));
    const pods = await eventually('two pods', async () => {
      const found = await podsOf('deployment');
      expect(found).toHaveLength(2);
      return found;
    });
    expect(pods[0]?.metadata['ownerReferences']).toMatchObject([{ kind: 'ReplicaSet' }]);
  });

  it('makes the pod of a Job', async () => {
    const template = podTemplate('job');
    const spec = { template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } };
    await accepted(api.create(workload('batch/v1', 'Job', spec)));
    await eventually('a pod', async () => expect(await podsOf('job')).toHaveLength(1));
  });

  it('makes the pod of a DaemonSet for a Node', async () => {
    await accepted(api.create(workload('apps/v1', 'DaemonSet', selected('daemonset'))));
    await eventually('a pod', async () => expect(await podsOf('daemonset')).not.toHaveLength(0));
  });

  it('reads warnings and denials', async () => {
    const configMap = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'warned', namespace },
      unknown: true,
    };
    const warned = await api.create(configMap, {
      query: { dryRun: 'All', fieldValidation: 'Warn' },
    });
    expect(warned).toMatchObject({ ok: true, status: 201, warnings: ['unknown field "unknown"'] });
    const refused = await api.create(configMap, { query: { fieldValidation: 'Strict' } });
    expect(refused).toMatchObject({ ok: false, status: 400, body: { kind: 'Status' } });
    await expect(accepted(refused)).rejects.toThrow('strict decoding error');
  });

  it('applies, patches, replaces and deletes', async () => {
    const configMap = workload('v1', 'ConfigMap', {});
    const object = { ...configMap, spec: undefined, data: { first: '1' } };
    await accepted(api.apply(object, { fieldManager: 'one' }));
    const changed = { ...object, data: { first: '2' } };
    expect(await api.apply(changed, { fieldManager: 'two' })).toMatchObject({ status: 409 });
    await accepted(api.apply(changed, { fieldManager: 'two', force: true }));
    const operations = [{ op: 'add', path: '/data/second', value: '2' }];
    await accepted(api.patch(object, operations, { type: 'json' }));
    const patched = await accepted(api.get(object));
    expect(patched).toMatchObject({ data: { first: '2', second: '2' } });
    await accepted(api.replace({ ...patched, data: {} }));
    await accepted(api.delete(object));
    expect(await api.get(object)).toMatchObject({ ok: false, status: 404 });
  });

  it('acts as another user and finds kinds that are in no table', async () => {
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' };
    expect(await api.list(lease, { namespace })).toMatchObject({ ok: true });
    expect(await api.as('nobody', ['guests', 'visitors']).list(lease)).toMatchObject({
      status: 403,
    });
    const account = workload('v1', 'ServiceAccount', {});
    const token = await api.createUnder(
      { ...account, metadata: { name: 'default', namespace } },
      'token',
      { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
    );
    expect(token).toMatchObject({ status: 201, body: { kind: 'TokenRequest' } });
  });

  it('runs kubectl', async () => {
    const input = JSON.stringify(podOf('from-kubectl'));
    const args = ['--namespace', namespace, 'create', '-f', '-'];
    expect(await kubectl(args, { input })).toEqual({
      code: 0,
      stdout: 'pod/from-kubectl created\n',
      stderr: '',
    });
    const again = await kubectl(args, { input });
    expect(again.code).toBe(1);
    expect(again.stderr).toContain('AlreadyExists');
  });

  it.runIf(startedHere)('gives Services addresses on loopback', async () => {
    const service = workload('v1', 'Service', { ports: [{ port: 443 }] });
    const created = await accepted(
      api.create<{ readonly spec: { readonly clusterIP: string } }>(service),
    );
    expect(created.spec.clusterIP).toMatch(/^127\.96\./);
  });

  it.runIf(startedHere)('writes requests and answers to an audit log', async () => {
    const pod = { ...podOf('audited'), metadata: { name: 'audited', namespace } };
    await accepted(api.create(pod));
    await eventually('the event', () => {
      const events = readAuditLog(auditLog ?? '');
      const event = events.find(({ objectRef }) => objectRef?.name === 'audited');
      expect(event).toMatchObject({
        verb: 'create',
        user: { username: 'admin' },
        requestObject: { kind: 'Pod' },
        responseObject: { kind: 'Pod', metadata: { namespace } },
      });
    });
  });
});
