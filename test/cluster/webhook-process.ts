import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import path from 'node:path';
import process from 'node:process';
import { text as readAll } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { shownCertificate } from '../certificates/shown-certificate.ts';
import { issueDevelopmentCertificate } from '../../src/certificates/development.ts';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';
import { openProcessGroup, whileRunning } from './process-group.ts';

const program = path.join(import.meta.dirname, '../../src/main.ts');
/** The address by which the API server reaches this machine; of interest with a cluster that was there before. */
export const testHost = process.env['TOKEN_INJECTOR_TEST_HOST'] ?? '127.0.0.1';
/** The address to listen on for that. */
export const listenHost = testHost === '127.0.0.1' ? testHost : '0.0.0.0';

/** Policies, a certificate and its successor, and the webhook processes that use them; all go when it is closed. */
export interface WebhookHome {
  readonly policies: string;
  /** Both certificates' CAs, as during any renewal. */
  readonly caFile: string;
  writePolicies(policies: readonly object[]): void;
  /** Puts the successor in the certificate's place; gives back its fingerprint. */
  renewCertificate(): string;
  /** Starts `token-injector webhook` and waits until it is ready. */
  start(options?: WebhookOptions): Promise<WebhookProcess>;
  close(): Promise<void>;
}

interface WebhookOptions {
  readonly host?: string;
  readonly port?: number;
  readonly drainSeconds?: number;
}

/** A real webhook process. */
export interface WebhookProcess {
  readonly port: number;
  readonly url: string;
  /** What it has logged so far. */
  log(): string;
  /** Admission requests that it has answered. */
  answered(): Promise<number>;
  /** The fingerprint of the certificate that a new connection is shown. */
  servedCertificate(): Promise<string>;
  /** Sends a signal and tells how it ended, such as `exit code 0`. */
  end(signal: NodeJS.Signals): Promise<string>;
}

/** Makes a home whose certificates hold for the test's host and `names`. */
export async function openWebhookHome(
  policies: readonly object[],
  names: readonly string[] = [],
): Promise<WebhookHome> {
  const group = openProcessGroup();
  const file = (name: string) => path.join(group.folder, name);
  const issue = () => issueDevelopmentCertificate([testHost, ...names], new Date());
  const [first, successor] = await Promise.all([issue(), issue()]);
  const install = ({ cert, key }: { readonly cert: string; readonly key: string }) => {
    writeFileSync(file('tls.crt'), cert);
    writeFileSync(file('tls.key'), key, { mode: 0o600 });
  };
  const writePolicies = (next: readonly object[]) =>
    writeFileSync(
      file('policies.yaml'),
      next.map((policy) => JSON.stringify(policy)).join('\n---\n'),
    );
  install(first);
  writeFileSync(file('ca.crt'), first.ca + successor.ca);
  writePolicies(policies);

  let count = 0;
  async function start({
    host = listenHost,
    port,
    drainSeconds = 1,
  }: WebhookOptions = {}): Promise<WebhookProcess> {
    const servedPort = port ?? (await freePort(host));
    const healthPort = await freePort(host);
    const flags = {
      policies: file('policies.yaml'),
      'tls-cert-file': file('tls.crt'),
      'tls-key-file': file('tls.key'),
      host,
      port: servedPort,
      'health-port': healthPort,
      'drain-seconds': drainSeconds,
    };
    const args = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
    const running = await group.start(`webhook-${count++}`, process.execPath, [
      program,
      'webhook',
      ...args,
    ]);
    const reachable = host === '0.0.0.0' ? '127.0.0.1' : host;
    await whileRunning([running], (signal) =>
      eventually('the webhook to be ready', () => fetchText(reachable, healthPort, '/readyz'), {
        signal,
      }),
    );
    return {
      port: servedPort,
      url: `https://${testHost}:${servedPort}`,
      log: () => readFileSync(running.log, 'utf8'),
      async answered() {
        const metrics = await fetchText(reachable, healthPort, '/metrics');
        return Number(/^token_injector_admission_duration_seconds_count (\d+)/m.exec(metrics)![1]);
      },
      servedCertificate: () => shownCertificate(servedPort, reachable),
      end(signal) {
        process.kill(running.pid, signal);
        return running.ended;
      },
    };
  }

  return {
    policies: file('policies.yaml'),
    caFile: file('ca.crt'),
    writePolicies,
    renewCertificate() {
      install(successor);
      return new X509Certificate(successor.cert).fingerprint256;
    },
    start,
    close: () => group.close(),
  };
}

/** Runs another command of the program and gives back its output. */
export async function runProgram(args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...args], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
}

function fetchText(host: string, port: number, page: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host, port, path: page, agent: false }, (response) => {
      const body = readAll(response);
      if (response.statusCode === 200) body.then(resolve, reject);
      else
        body.then((text) => reject(new Error(`${page}: ${response.statusCode}: ${text}`)), reject);
    }).on('error', reject);
  });
}
