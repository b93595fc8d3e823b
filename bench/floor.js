// The floor: the least that a program on node:https can do with a review, read it and answer with a patch made in advance.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

const [certFile, keyFile, port, host = '127.0.0.1'] = process.argv.slice(2);
const patch = Buffer.from(
  JSON.stringify([
    {
      op: 'add',
      path: '/spec/containers/0/env/0',
      value: {
        name: 'AIKIDO_API_TOKEN',
        valueFrom: { secretKeyRef: { name: 'aikido-api-secret', key: 'token' } },
      },
    },
  ]),
).toString('base64');

const server = createServer(
  { cert: readFileSync(certFile), key: readFileSync(keyFile) },
  (request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const review = JSON.parse(Buffer.concat(chunks).toString());
      const answer = `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"${review.request.uid}","allowed":true,"patchType":"JSONPatch","patch":"${patch}"}}`;
      response.writeHead(200, {
        'content-type': 'application/json; charset=utf-8',
        'content-length': Buffer.byteLength(answer),
      });
      response.end(answer);
    });
  },
);
server.keepAliveTimeout = 120_000;
process.once('SIGINT', () => process.exit(0));
server.listen(Number(port), host);
