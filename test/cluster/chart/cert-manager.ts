import { type Api, type KubeObject, accepted } from '../api.ts';
import { findBinary } from '../binaries.ts';
import { eventually } from '../eventually.ts';
import { installForeignDefinitions } from '../foreign-definitions.ts';
import type { Kubectl } from '../kubectl.ts';
import { openProcessGroup } from '../process-group.ts';

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
  const definitions = await installForeignDefinitions(kubectl, 'cert-manager');
  const group = openProcessGroup();
  await group.start('cert-manager', program, [kubeconfig]);
  return {
    async close() {
      await group.close();
      await definitions.remove();
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
