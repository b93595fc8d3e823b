import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';

import { accepted, type KubeObject } from '../api.ts';
import { createNamespace, deleteNamespace } from '../namespaces.ts';
import type { DriftFinding } from './drift.ts';
import { printHashOfVariable, scriptContainer } from './pods.ts';
import { describeNode } from './suite.ts';

const engines = [
  'argocd',
  'argocd-structured-merge',
  'argocd-server-side',
  'flux-kustomization',
  'flux-helmrelease',
];

describeNode(
  'the comparison of manifests with a cluster',
  ({ api, kubectl, findDrift, images }) => {
    let namespace = '';
    beforeAll(async () => {
      namespace = await createNamespace(api, 'drift');
    });
    afterAll(() => deleteNamespace(api, namespace));

    const selected = { app: 'compared' };
    const manifests: readonly KubeObject[] = [
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'compared' },
        spec: {
          replicas: 1,
          selector: { matchLabels: selected },
          template: {
            metadata: { labels: selected },
            spec: { containers: [scriptContainer(images.agent, printHashOfVariable('NONE'))] },
          },
        },
      },
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'compared' },
        spec: { selector: selected, ports: [{ port: 443 }] },
      },
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'compared' },
        data: { key: 'value' },
      },
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'compared' },
        stringData: { key: 'hidden' },
      },
    ];
    const text = manifests.map((object) => stringify(object)).join('---\n');
    const changedIn = (kind: string, findings: readonly DriftFinding[]) =>
      findings.filter((found) => found.kind === kind && found.changed).map(({ engine }) => engine);

    it('finds everything that is not there yet', async () => {
      const findings = await findDrift(text, namespace);
      expect(findings).toHaveLength(manifests.length * engines.length);
      expect(findings.filter(({ changed }) => !changed)).toEqual([]);
    });

    it.each([
      ['apply', '--field-manager=kubectl-client-side-apply'],
      ['apply', '--server-side', '--force-conflicts', '--field-manager=argocd-controller'],
      ['apply', '--server-side', '--force-conflicts', '--field-manager=helm-controller'],
    ])('finds nothing after kubectl %s %s', async (...args) => {
      const { code, stderr } = await kubectl([...args, '-n', namespace, '-f', '-'], {
        input: text,
      });
      if (code !== 0) throw new Error(stderr);
      const findings = await findDrift(text, namespace);
      expect(findings).toHaveLength(manifests.length * engines.length);
      expect(findings.filter(({ changed }) => changed)).toEqual([]);
    });

    it('finds what was edited by hand, and names no value', async () => {
      const edit = (apiVersion: string, kind: string, patch: object) =>
        accepted(
          api.patch({ apiVersion, kind, metadata: { name: 'compared', namespace } }, patch, {
            query: { fieldManager: 'by-hand' },
          }),
        );
      await edit('apps/v1', 'Deployment', { spec: { replicas: 0 } });
      await edit('v1', 'Service', { spec: { selector: { app: 'another' } } });
      await edit('v1', 'ConfigMap', { data: { key: 'other' } });
      await edit('v1', 'Secret', { stringData: { key: 'seen' } });
      const findings = await findDrift(text, namespace);
      const changed = manifests.map(({ kind }) => [kind, changedIn(kind, findings)]);
      expect(changed).toEqual(manifests.map(({ kind }) => [kind, engines]));
      const replicas = findings.find(({ kind }) => kind === 'Deployment');
      expect(replicas?.fields).toContain('/spec/replicas');
      expect(JSON.stringify(findings)).not.toMatch(/hidden|seen|aGlkZGVu|c2Vlbg/);
    });
  },
);
