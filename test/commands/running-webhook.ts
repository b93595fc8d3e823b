import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { issueDevelopmentCertificate } from '../../src/certificates/development.ts';
import { eventually } from '../cluster/eventually.ts';
import { openProcessGroup, whileRunning } from '../cluster/process-group.ts';
import { policyText } from '../runtime/temporary-folder.ts';
import { type Answer, reviewOf, send } from '../server/webhook-under-test.ts';
import { program } from './program.ts';

/** A `token-injector webhook` process in a folder of its own, on free ports. */
export interface RunningWebhook {
  /** Holds tls.crt and tls.key, and policies.yaml with the policy `one`; the working directory. */
  readonly folder: string;
  readonly pid: number;
  readonly port: number;
  readonly healthPort: number;
  /** How it ends, such as `exit code 0`. */
  readonly ended: Promise<string>;
  /** All that it wrote so far, to standard output and standard error. */
  readonly output: () => string;
  /** The lines of its log. */
  readonly logged: () => Record<string, unknown>[];
  readonly write: (file: string, text: string) => void;
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Sends a body over a new connection, by default the review of a pod of `one`. */
  readonly ask: (body?: string, path?: string) => Promise<Answer>;
  readonly page: (path: string) => Promise<{ readonly status: number; readonly text: string }>;
  readonly close: () => Promise<void>;
}

/** A pod that the policy of the given name is for. */
export const podOf = (policy: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'agent', labels: { agent: policy } },
  spec: { containers: [{ name: 'agent', image: 'registry.example/agent:1.0.0' }] },
});

interface StartOptions {
  /** Where policies come from, by default the file. */
  readonly policies?: readonly string[];
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Another file than `program`. */
  readonly file?: string;
}

/** Starts it and waits until it is ready. */
export async function startWebhook(options: StartOptions = {}): Promise<RunningWebhook> {
  const {
    policies = ['--policies', 'policies.yaml'],
    flags = [],
    env = {},
    file = program,
  } = options;
  const group = openProcessGroup();
  // In one step, so that no look at it can see half of it.
  const write = (name: string, text: string) => {
    writeFileSync(join(group.folder, 'next'), text);
    renameSync(join(group.folder, 'next'), join(group.folder, name));
  };
  const { cert, key } = await issueDevelopmentCertificate(['localhost'], new Date());
  write('tls.crt', cert);
  write('tls.key', key);
  write('policies.yaml', policyText('one'));
  const args = 'webhook --tls-cert-file tls.crt --tls-key-file tls.key';
  const address = '--host 127.0.0.1 --port 0 --health-port 0 --drain-seconds 0';
  const running = await group.start(
    'webhook',
    process.execPath,
    [file, ...`${args} ${address}`.split(' '), ...policies, ...flags],
    { env },
  );
  const output = () => readFileSync(running.log, 'utf8');
  const logged = () =>
    output()
      .split('\n')
      // What follows the last line break is not written to its end yet, or nothing.
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const { port, healthPort } = await whileRunning([running], (signal) =>
    eventually(
      'the webhook to be ready',
      () => {
        const ready = logged().find(({ msg }) => msg === 'webhook ready');
        if (!ready) throw new Error(output());
        return ready as { port: number; healthPort: number };
      },
      { signal, intervalMs: 50 },
    ),
  );
  return {
    folder: group.folder,
    pid: running.pid,
    port,
    healthPort,
    ended: running.ended,
    output,
    logged,
    write,
    signal: (signal) => void process.kill(running.pid, signal),
    ask: (body = JSON.stringify(reviewOf(podOf('one'))), path = '/mutate/one') =>
      send(
        {
          port,
          path,
          method: 'POST',
          agent: false,
          rejectUnauthorized: false,
          // As the API server does, though nothing more comes over this connection.
          headers: { 'content-type': 'application/json', connection: 'keep-alive' },
        },
        body,
      ),
    page: async (path) => {
      const answer = await fetch(`http://127.0.0.1:${healthPort}${path}`);
      return { status: answer.status, text: await answer.text() };
    },
    close: () => group.close(),
  };
}

/** Waits for something that a process does within a second or so, where nothing else keeps the machine busy. */
export function soon<T>(description: string, attempt: () => T | Promise<T>): Promise<T> {
  return eventually(description, attempt, { intervalMs: 50 });
}

/** The operations of an answer; none where it lets the pod through as it is. */
export function operationsOf({ status, text }: Answer): unknown[] {
  if (status !== 200) throw new Error(`${status}: ${text}`);
  const { response } = JSON.parse(text) as { response: { patch?: string } };
  return response.patch === undefined
    ? []
    : (JSON.parse(Buffer.from(response.patch, 'base64').toString()) as unknown[]);
}
