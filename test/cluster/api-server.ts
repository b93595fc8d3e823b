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
  readonly place: Place;
}

/** Where an API server stands, and what that means for its flags. */
export interface Place {
  /** It listens there and nowhere else. */
  readonly address: string;
  /** The range of the Services' addresses. */
  readonly services: string;
  /** The Service `kubernetes`. */
  readonly firstService: string;
  readonly flags: readonly string[];
}

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
export async function writeServerFiles(
  folder: string,
  authority: Authority,
  { address, firstService }: Place,
): Promise<void> {
  const tokenKeys = createTokenKeys();
  const { certificate, key } = await authority.server([
    { type: 'dns', value: 'localhost' },
    { type: 'dns', value: 'kubernetes.default.svc' },
    { type: 'ip', value: address },
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
  const { place } = settings;
  const program = await group.start('kube-apiserver', settings.file, [
    `--etcd-servers=${settings.etcdUrl}`,
    `--bind-address=${place.address}`,
    `--advertise-address=${place.address}`,
    `--secure-port=${port}`,
    `--tls-cert-file=${serverFiles.certificate}`,
    `--tls-private-key-file=${serverFiles.key}`,
    `--client-ca-file=${serverFiles.authority}`,
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    '--allow-privileged',
    `--service-cluster-ip-range=${place.services}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${serverFiles.tokenPublicKey}`,
    `--service-account-signing-key-file=${serverFiles.tokenKey}`,
    `--audit-policy-file=${serverFiles.auditPolicy}`,
    `--audit-log-path=${serverFiles.auditLog}`,
    // Megabytes; a test that reads the log does not look for older parts of it.
    '--audit-log-maxsize=2000',
    ...place.flags,
    ...flags,
  ]);
  const connection = {
    server: `https://${place.address}:${port}`,
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
