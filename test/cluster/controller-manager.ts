import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { serverFiles, type ApiServer } from './api-server.ts';
import { accepted, createApi } from './api.ts';
import type { Authority } from './credentials.ts';
import { eventually } from './eventually.ts';
import { formatKubeconfig } from './kubeconfig.ts';
import { whileRunning, type ProcessGroup, type Program } from './process-group.ts';

const kubeconfig = 'controller-manager.kubeconfig';

/** What a controller manager is started with. */
interface ControllerManagerSettings {
  /** The program. */
  readonly file: string;
  readonly authority: Authority;
  readonly server: ApiServer;
  readonly flags: readonly string[];
}

/** Starts a controller manager and waits until its controllers work. */
export async function startControllerManager(
  group: ProcessGroup,
  { file, authority, server, flags }: ControllerManagerSettings,
): Promise<Program> {
  const user = await authority.client('system:kube-controller-manager');
  writeFileSync(
    path.join(group.folder, kubeconfig),
    formatKubeconfig({ ...server.connection, ...user }),
  );
  const program = await group.start('kube-controller-manager', file, [
    `--kubeconfig=${kubeconfig}`,
    '--secure-port=0',
    '--leader-elect=false',
    '--use-service-account-credentials',
    // Each controller asks for a token of its own at the start, which takes seconds at the default rate.
    '--kube-api-qps=500',
    '--kube-api-burst=1000',
    `--root-ca-file=${serverFiles.authority}`,
    `--service-account-private-key-file=${serverFiles.tokenKey}`,
    ...flags,
  ]);
  const api = createApi(server.connection);
  const account = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default', namespace: 'default' },
  };
  await whileRunning([server.program, program], (signal) =>
    eventually('the first ServiceAccount', () => accepted(api.get(account)), { signal }),
  );
  return program;
}
