import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { createApi } from './api.ts';
import { createTokenKeys, type Authority, type KeyPair } from './credentials.ts';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';
import type { Connection } from './kubeconfig.ts';
import { whileRunning, type ProcessGroup, type Program } from './process-group.ts';

/** A running kube-apiserver and how an administrator connects to it. */
export interface ApiServer {
  readonly program: Program;
  readonly connection: Connection;
  readonly port: number;
}

/** What an API server is started with, the first time and again. */
export interface ApiServerSettings {
  /** The program. */
  readonly file: string;
  readonly etcd: Program;
  readonly etcdUrl: string;
  readonly authority: Authority;
  readonly administrator: KeyPair;
}

/** A range inside 127.0.0.0/8: whatever listens on a Service's address on this machine is that Service. */
const serviceRange = '127.96.0.0/16';
const firstService = '127.96.0.1';

/** The names, in the folder of the group, of the files that the programs share. */
export const serverFiles = {
  authority: 'ca.crt',
  certificate: 'server.crt',
  key: 'server.key',
  tokenKey: 'tokens.key',
  tokenPublicKey: 'tokens.pub',
  auditPolicy: 'audit-policy.json',
  auditLog: 'audit.log',
} as const;

const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    { level: 'None', resources: [{ group: 'coordination.k8s.io', resources: ['leases'] }] },
    // What is only read was in the log when it was written.
    { level: 'Metadata', verbs: ['get', 'list', 'watch'] },
    { level: 'RequestResponse' },
  ],
};

/** Writes what an API server reads when it starts. */
export async function writeServerFiles(folder: string, authority: Authority): Promise<void> {
  const tokenKeys = createTokenKeys();
  const { certificate, key } = await authority.server([
    { type: 'dns', value: 'localhost' },
    { type: 'dns', value: 'kubernetes.default.svc' },
    { type: 'ip', value: '127.0.0.1' },
    { type: 'ip', value: firstService },
  ]);
  const write = (name: string, content: string): void => {
    writeFileSync(path.join(folder, name), content);
  };
  write(serverFiles.authority, authority.certificate);
  write(serverFiles.certificate, certificate);
  write(serverFiles.key, key);
  write(serverFiles.tokenKey, tokenKeys.privateKey);
  write(serverFiles.tokenPublicKey, tokenKeys.publicKey);
  write(serverFiles.auditPolicy, JSON.stringify(auditPolicy));
}

/** Starts an API server on a free port and waits until it is ready. */
export async function startApiServer(
  group: ProcessGroup,
  settings: ApiServerSettings,
  flags: readonly string[],
): Promise<ApiServer> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    try {
      return await startApiServerOn(port, group, settings, flags);
    } catch (error) {
      // Between our look for a free port and the server's use of it somebody else may have taken it.
      const taken = error instanceof Error && error.message.includes('address already in use');
      if (!taken || attempt === 3) throw error;
    }
  }
}

/** Starts an API server on a port that is known to be free and waits until it is ready. */
export async function startApiServerOn(
  port: number,
  group: ProcessGroup,
  settings: ApiServerSettings,
  flags: readonly string[],
): Promise<ApiServer> {
  const program = await group.start('kube-apiserver', settings.file, [
    `--etcd-servers=${settings.etcdUrl}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    // It would publish a loopback address, which an EndpointSlice refuses.
    '--endpoint-reconciler-type=none',
    `--secure-port=${port}`,
    `--tls-cert-file=${serverFiles.certificate}`,
    `--tls-private-key-file=${serverFiles.key}`,
    `--client-ca-file=${serverFiles.authority}`,
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    // Nobody here would ever take the "not ready" taint off a Node that a test made up.
    '--disable-admission-plugins=TaintNodesByCondition',
    '--allow-privileged',
    `--service-cluster-ip-range=${serviceRange}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${serverFiles.tokenPublicKey}`,
    `--service-account-signing-key-file=${serverFiles.tokenKey}`,
    `--audit-policy-file=${serverFiles.auditPolicy}`,
    `--audit-log-path=${serverFiles.auditLog}`,
    // Megabytes; a test that reads the log does not look for older parts of it.
    '--audit-log-maxsize=2000',
    ...flags,
  ]);
  const connection = {
    server: `https://127.0.0.1:${port}`,
    authority: settings.authority.certificate,
    ...settings.administrator,
  };
  const api = createApi(connection);
  await whileRunning([settings.etcd, program], (signal) =>
    eventually(
      'the API server',
      async () => {
        const { status, body } = await api.request('GET', '/readyz');
        if (status !== 200) throw new Error(`/readyz says ${status}: ${JSON.stringify(body)}`);
      },
      { signal },
    ),
  );
  return { program, connection, port };
}
