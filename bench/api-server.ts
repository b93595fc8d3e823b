// Stands for an API server that has some TokenPolicies and one Secret: it lists them, and its watches stay silent.
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { agentPolicies } from './agent-policies.ts';

const [certFile = '', keyFile = '', count = '', port = ''] = process.argv.slice(2);
const cert = readFileSync(certFile);
const key = readFileSync(keyFile);
const resourceVersion = '1000';
const policies = agentPolicies(Number(count)).map(({ metadata, ...policy }, index) => ({
  ...policy,
  metadata: {
    ...metadata,
    uid: `705ab4f5-6393-11e8-b7cc-${String(index).padStart(12, '0')}`,
    generation: 1,
    resourceVersion: String(index + 1),
    creationTimestamp: '2026-11-24T09:00:00Z',
    managedFields: [
      {
        manager: 'kubectl',
        operation: 'Apply',
        time: '2026-11-24T09:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:spec': { 'f:match': { 'f:podSelector': {} }, 'f:inject': { 'f:env': {} } } },
      },
    ],
  },
  status: { observedGeneration: 1, conditions: [{ type: 'Ready', status: 'True' }] },
}));
const secret = {
  metadata: { name: 'bench-tls', namespace: 'bench', uid: 'a', resourceVersion: '1' },
  type: 'kubernetes.io/tls',
  data: { 'tls.crt': cert.toString('base64'), 'tls.key': key.toString('base64') },
};
const lists: Readonly<Record<string, readonly object[]>> = {
  '/apis/token-injector.dev/v1alpha1/tokenpolicies': policies,
  '/api/v1/namespaces/bench/secrets': [secret],
};

const server = createServer({ cert, key }, answer);
server.listen(Number(port), '127.0.0.1');

function answer({ url = '' }: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(url, 'https://localhost');
  const items = lists[pathname];
  response.writeHead(items ? 200 : 404, { 'content-type': 'application/json' });
  if (searchParams.get('watch')) response.flushHeaders();
  else response.end(JSON.stringify({ metadata: { resourceVersion }, items: items ?? [] }));
}
