import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findPodTemplates } from '../../src/manifests/read/pod-templates.ts';

const pod = { metadata: { labels: { app: 'a' } }, spec: { containers: [] } };

describe('pod templates', () => {
  it.each([
    ['v1', 'PodTemplate', { template: pod }, '/template'],
    ['v1', 'ReplicationController', { spec: { template: pod } }, '/spec/template'],
    ['apps/v1', 'Deployment', { spec: { template: pod } }, '/spec/template'],
    ['apps/v1beta2', 'StatefulSet', { spec: { template: pod } }, '/spec/template'],
    ['apps/v1', 'DaemonSet', { spec: { template: pod } }, '/spec/template'],
    ['apps/v1', 'ReplicaSet', { spec: { template: pod } }, '/spec/template'],
    ['batch/v1', 'Job', { spec: { template: pod } }, '/spec/template'],
    [
      'batch/v1',
      'CronJob',
      { spec: { jobTemplate: { spec: { template: pod } } } },
      '/spec/jobTemplate/spec/template',
    ],
    ['argoproj.io/v1alpha1', 'Rollout', { spec: { template: pod } }, '/spec/template'],
  ])('of a %s %s', (apiVersion, kind, content, pointer) => {
    const object = { apiVersion, kind, metadata: { name: 'a', namespace: 'n' }, ...content };
    expect(findPodTemplates(object)).toEqual([
      { apiVersion, kind, name: 'a', namespace: 'n', pointer, pod },
    ]);
  });

  it('of a Pod are the pod itself', () => {
    const object = { apiVersion: 'v1', kind: 'Pod', metadata: { generateName: 'a-' }, spec: {} };
    expect(findPodTemplates(object)).toEqual([
      { apiVersion: 'v1', kind: 'Pod', name: 'a-', pointer: '', pod: object },
    ]);
    expect(findPodTemplates(object)[0]!.pod).toBe(object);
  });

  it('of a list are those of its items, nested or not', () => {
    const object = { apiVersion: 'v1', kind: 'Pod', ...pod };
    const list = { apiVersion: 'v1', kind: 'List', items: [{}, object] };
    const outer = { apiVersion: 'v1', kind: 'List', items: [null, list, object] };
    expect(findPodTemplates(outer).map(({ pointer }) => pointer)).toEqual([
      '/items/1/items/1',
      '/items/2',
    ]);
  });

  it('of a typed list need no kind of their own', () => {
    const items = [{ metadata: { name: 'a' }, spec: { template: pod } }];
    const list = { apiVersion: 'apps/v1', kind: 'DeploymentList', items };
    expect(findPodTemplates(list)).toEqual([
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        name: 'a',
        pointer: '/items/0/spec/template',
        pod,
      },
    ]);
  });

  it('are none of another group or kind', () => {
    for (const [apiVersion, kind] of [
      ['v1', 'Deployment'],
      ['apps/v1', 'Pod'],
      ['example.com/v1', 'Deployment'],
      ['example.com/v1', 'Rollout'],
      ['v1', 'Service'],
      ['v1', 'constructor'],
      ['apps', '__proto__'],
    ]) {
      expect(findPodTemplates({ apiVersion, kind, spec: { template: pod } })).toEqual([]);
    }
    const rollout = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Rollout',
      spec: { workloadRef: {} },
    };
    expect(findPodTemplates(rollout)).toEqual([]);
  });

  it('never throw, whatever the form', () => {
    const kind = fc.constantFrom(
      'Pod',
      'Deployment',
      'CronJob',
      'List',
      'PodList',
      'DeploymentList',
    );
    const odd = fc.jsonValue();
    const object = fc.record(
      {
        apiVersion: fc.oneof(fc.constantFrom('v1', 'apps/v1', 'batch/v1'), odd),
        kind: fc.oneof(kind, odd),
        metadata: odd,
        items: fc.oneof(odd, fc.array(odd)),
        spec: fc.oneof(odd, fc.record({ template: odd, jobTemplate: odd })),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(odd, object), (value) => {
        for (const template of findPodTemplates(value)) {
          expect(typeof template.name).toBe('string');
          expect(template.pod).toBeTypeOf('object');
        }
      }),
    );
  });
});
