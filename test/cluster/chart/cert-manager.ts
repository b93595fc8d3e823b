import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { type Api, type KubeObject, accepted } from '../api.ts';
import { findBinary } from '../binaries.ts';
import { eventually } from '../eventually.ts';
import type { Kubectl } from '../kubectl.ts';
import { openProcessGroup } from '../process-group.ts';
import { moduleFolder } from './schema-modules.ts';

/** The controllers of cert-manager beside the API server, with its definitions in it. */
export interface CertManager {
  close(): Promise<void>;
}

interface Certificate extends KubeObject {
  readonly status: {
    readonly revision?: number;
    readonly conditions: readonly { readonly type: string; readonly status: string }[];
  };
}

/** Starts cert-manager with an administrator's rights. */
export async function startCertManager(kubectl: Kubectl, kubeconfig: string): Promise<CertManager> {
  const program = await findBinary('cert-manager');
  const folder = path.join(
    await moduleFolder('github.com/cert-manager/cert-manager'),
    'deploy/crds',
  );
  const definitions = readdirSync(folder)
    .filter((name) => /^cert-manager\.io_.*\.yaml$/.test(name))
    .map((name) => readFileSync(path.join(folder, name), 'utf8'))
    .join('\n---\n');
  const run = async (...args: readonly string[]) => {
    const { code, stderr } = await kubectl([...args, '-f', '-'], { input: definitions });
    if (code !== 0) throw new Error(stderr);
  };
  await run('apply', '--server-side');
  await run('wait', '--for=condition=Established');
  const group = openProcessGroup();
  await group.start('cert-manager', program, [kubeconfig]);
  return {
    async close() {
      await group.close();
      await run('delete', '--ignore-not-found');
    },
  };
}

/** Has cert-manager issue a certificate anew, as `cmctl renew` does, and waits until it is in its Secret. */
export async function renewCertificate(api: Api, name: string, namespace: string): Promise<void> {
  const certificate = {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: { name, namespace },
  };
  const { status } = await accepted(api.get<Certificate>(certificate));
  const issuing = {
    type: 'Issuing',
    status: 'True',
    reason: 'ManuallyTriggered',
    message: 'by a test',
    lastTransitionTime: new Date().toISOString(),
  };
  const conditions = [...status.conditions.filter(({ type }) => type !== 'Issuing'), issuing];
  await accepted(
    api.patch(certificate, { status: { conditions } }, { type: 'merge', subresource: 'status' }),
  );
  await eventually(`Certificate ${name} to be issued again`, async () => {
    const { revision = 0 } = (await accepted(api.get<Certificate>(certificate))).status;
    if (revision <= (status.revision ?? 0)) throw new Error(`its revision is ${revision}`);
  });
}
