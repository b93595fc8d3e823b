import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { text as readAll } from 'node:stream/consumers';
import { issueDevelopmentCertificate } from '../../src/certificates/development.ts';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';

const program = path.join(import.meta.dirname, '../../src/main.ts');
/** The address by which the API server reaches this machine; of interest with a cluster that was there before. */
export const testHost = process.env['TOKEN_INJECTOR_TEST_HOST'] ?? '127.0.0.1';

/** A folder with policies and a certificate, for as many webhook processes as a test wants. */
export interface WebhookFiles {
  readonly folder: string;
  readonly policies: string;
  readonly caFile: string;
  writePolicies(policies: readonly object[]): void;
  /** Issues another certificate, from a CA of its own. */
  issueCertificate(): Promise<void>;
  remove(): void;
}

/** Makes the files of a webhook whose certificate holds for the test's host and `names`. */
export async function createWebhookFiles(
  policies: readonly object[],
  names: readonly string[] = [],
): Promise<WebhookFiles> {
  const folder = mkdtempSync(path.join(tmpdir(), 'token-injector-webhook-'));
  const file = (name: string) => path.join(folder, name);
  const files: WebhookFiles = {
    folder,
    policies: file('policies.json'),
    caFile: file('ca.crt'),
    writePolicies: (next) =>
      writeFileSync(
        file('policies.json'),
        next.map((policy) => JSON.stringify(policy)).join('\n---\n'),
      ),
    async issueCertificate() {
      const issued = await issueDevelopmentCertificate([testHost, ...names], new Date());
      writeFileSync(file('tls.crt'), issued.cert);
      writeFileSync(file('tls.key'), issued.key, { mode: 0o600 });
      writeFileSync(file('ca.crt'), issued.ca);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
  files.writePolicies(policies);
  await files.issueCertificate();
  return files;
}

/** A real webhook process. */
export interface WebhookProcess {
  readonly port: number;
  readonly healthPort: number;
  readonly url: string;
  /** What it has logged so far. */
  log(): string;
  metrics(): Promise<string>;
  /** Admission requests that it has answered. */
  answered(): Promise<number>;
  /** Sends a signal and gives back the exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** Starts `token-injector webhook` and waits until it is ready. */
export async function startWebhookProcess(
  { folder, policies }: WebhookFiles,
  {
    host = testHost === '127.0.0.1' ? testHost : '0.0.0.0',
    port,
    drainSeconds = 1,
  }: { readonly host?: string; readonly port?: number; readonly drainSeconds?: number } = {},
): Promise<WebhookProcess> {
  const servedPort = port ?? (await freePort(host));
  const healthPort = await freePort(host);
  const child = spawn(
    process.execPath,
    [
      program,
      'webhook',
      '--policies',
      policies,
      '--tls-cert-file',
      path.join(folder, 'tls.crt'),
      '--tls-key-file',
      path.join(folder, 'tls.key'),
      '--host',
      host,
      '--port',
      String(servedPort),
      '--health-port',
      String(healthPort),
      '--drain-seconds',
      String(drainSeconds),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const exited = once(child, 'exit');
  const healthHost = host === '0.0.0.0' ? '127.0.0.1' : host;
  const metrics = () => fetchText(healthHost, healthPort, '/metrics');
  await eventually('the webhook to be ready', async () => {
    if (child.exitCode !== null) throw new Error(`it ended: ${log}`);
    await fetchText(healthHost, healthPort, '/readyz');
  });
  return {
    port: servedPort,
    healthPort,
    url: `https://${testHost}:${servedPort}`,
    log: () => log,
    metrics,
    answered: async () =>
      Number(/^token_injector_admission_duration_seconds_count (\d+)/m.exec(await metrics())![1]),
    async end(signal) {
      child.kill(signal);
      const [code] = (await exited) as [number | null];
      return code;
    },
  };
}

/** Runs another command of the program and gives back its output. */
export async function runProgram(args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output, [code]] = await Promise.all([readAll(child.stdout), once(child, 'exit')]);
  if (code !== 0) throw new Error(`token-injector ${args[0]} ended with ${code}`);
  return output;
}

/** Gets a page over plain HTTP; throws where its status is not 200. */
export function fetchText(host: string, port: number, page: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host, port, path: page, agent: false }, (response) => {
      const body = readAll(response);
      if (response.statusCode === 200) body.then(resolve, reject);
      else
        body.then((text) => reject(new Error(`${page}: ${response.statusCode}: ${text}`)), reject);
    }).on('error', reject);
  });
}
