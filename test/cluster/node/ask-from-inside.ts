import process from 'node:process';

import type { KubeObject } from '../api.ts';
import { clientProgram } from '../client-program.ts';

/** A request to a pod, over HTTPS if there is a CA. */
interface InsideRequest {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** PEM. */
  readonly ca?: string;
  readonly servername?: string;
  /** Sent by POST as JSON. */
  readonly body?: object;
}

interface InsideAnswer {
  readonly status: number;
  readonly text: string;
}

const script = `
  const { request: { body, ...options } } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
  const { request } = require(options.ca ? 'node:https' : 'node:http');
  const headers = body ? { 'content-type': 'application/json' } : {};
  request({ ...options, headers, method: body ? 'POST' : 'GET', agent: false, timeout: 5000 }, async (answer) => {
    let text = '';
    for await (const chunk of answer) text += chunk;
    console.log(JSON.stringify({ status: answer.statusCode, text }));
  }).end(body && JSON.stringify(body));`;

/** Asks a pod from the network of its node, whose namespaces `supervisor` is in: it needs no API server. */
export async function askFromInside(
  supervisor: number,
  request: InsideRequest,
): Promise<InsideAnswer> {
  const nsenter = clientProgram('nsenter', {});
  const args = ['--target', String(supervisor), '--net', '--', process.execPath, '-e', script];
  const { code, stdout, stderr } = await nsenter(args, { input: JSON.stringify({ request }) });
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as InsideAnswer;
}

/** Asks a webhook about a pod as an API server would, and gives back the patch. */
export async function patchFromInside(
  supervisor: number,
  pod: KubeObject,
  request: Pick<InsideRequest, 'host' | 'port' | 'path' | 'ca' | 'servername'>,
): Promise<string> {
  const { text } = await askFromInside(supervisor, { ...request, body: reviewOf(pod) });
  const { response } = JSON.parse(text) as { response: { allowed: boolean; patch?: string } };
  if (!response.allowed) throw new Error(text);
  return atob(response.patch ?? '');
}

function reviewOf(pod: KubeObject): object {
  const { namespace, name } = pod.metadata;
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '00000000-0000-4000-8000-000000000000',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      namespace,
      name,
      operation: 'CREATE',
      userInfo: {},
      object: pod,
      dryRun: false,
    },
  };
}
