import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

import { expect, it } from 'vitest';

import { temporaryFolder } from '../runtime/temporary-folder.ts';
import { accepted } from './api.ts';
import { readAuditLog } from './audit-log.ts';
import { minorVersion } from './server-version.ts';
import { describeCluster } from './suite.ts';

const root = path.join(import.meta.dirname, '../..');
// Short ones, which make objects of every scope.
const files = ['cluster/control-plane.test.ts', 'cluster/stored-policy.test.ts'];
const clusterWide = [
  ['v1', 'Namespace'],
  ['v1', 'Node'],
  ['apiextensions.k8s.io/v1', 'CustomResourceDefinition'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRole'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRoleBinding'],
  ['admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration'],
  ['admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicy'],
] as const;

interface Results {
  readonly success: boolean;
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly {
      readonly title: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

describeCluster('with KUBECONFIG set', ({ api, kubeconfig, startedHere, auditLog = '' }) => {
  const objects = async () => {
    const found = clusterWide.map(async ([apiVersion, kind]) => {
      const { items } = await accepted(api.list({ apiVersion, kind }));
      // A namespace takes its time to go.
      const staying = items.filter(({ metadata }) => metadata['deletionTimestamp'] === undefined);
      return staying.map(({ metadata }) => `${kind} ${metadata.name}`);
    });
    return (await Promise.all(found)).flat();
  };
  const namespacesMade = () =>
    readAuditLog(auditLog).filter(
      ({ verb, objectRef }) => verb === 'create' && objectRef?.resource === 'namespaces',
    ).length;

  it.runIf(startedHere)('the suites use that cluster and leave nothing in it', async () => {
    const folder = temporaryFolder();
    const temporary = path.join(folder, 'tmp');
    mkdirSync(temporary);
    const report = path.join(folder, 'report.json');
    const ownOf = ([name]: [string, unknown]) => !/^(?:VITEST|TEST$|NODE_OPTIONS$)/.test(name);
    const env = {
      ...Object.fromEntries(Object.entries(process.env).filter(ownOf)),
      KUBECONFIG: kubeconfig,
      TMPDIR: temporary,
    };
    const before = await objects();
    const madeBefore = namespacesMade();
    const reporting = ['--reporter=json', `--outputFile=${report}`];
    const args = ['run', 'test:cluster', '--', ...files, ...reporting];
    const { code, stderr } = await run(args, env);

    if (!existsSync(report)) throw new Error(stderr);
    const { success, testResults } = JSON.parse(readFileSync(report, 'utf8')) as Results;
    const failed = testResults.flatMap(({ message, assertionResults }) => [
      message,
      ...assertionResults.flatMap(({ failureMessages }) => failureMessages),
    ]);
    expect({ code, success, failed: failed.filter(Boolean) }).toEqual({
      code: 0,
      success: true,
      failed: [],
    });
    expect(testResults).toHaveLength(files.length);
    const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
    const notPassed = tests.filter(({ status }) => status !== 'passed');
    const older = (await minorVersion(api)) < 33;
    expect(notPassed.map(({ title }) => title).toSorted()).toEqual([
      // What only a cluster of the run's own can show.
      'gives Services addresses on loopback',
      ...(older
        ? ['lets the status be written of a policy that was stored before a rule was made']
        : []),
      'writes requests and answers to an audit log',
    ]);
    expect(namespacesMade()).toBeGreaterThan(madeBefore);
    expect((await objects()).filter((name) => !before.includes(name))).toEqual([]);
    expect(readdirSync(temporary).filter((name) => name.startsWith('token-injector'))).toEqual([]);
  });
});

function run(args: readonly string[], env: NodeJS.ProcessEnv) {
  return new Promise<{ readonly code: unknown; readonly stderr: string }>((resolve) => {
    execFile('npm', args, { cwd: root, env }, (error, _, stderr) =>
      resolve({ code: error ? error.code : 0, stderr }),
    );
  });
}
