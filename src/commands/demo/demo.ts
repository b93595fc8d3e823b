import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { dirname, join, relative } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { readDocuments } from '../../manifests/read/documents.ts';
import { findPodTemplates } from '../../manifests/read/pod-templates.ts';
import { unifiedDiff } from '../../manifests/diff.ts';
import { applyOperations } from '../../manifests/edit/apply-operations.ts';
import type { Operation } from '../../core/injection/operation.ts';
import { createLog } from '../../runtime/log.ts';
import type { Settings } from '../../runtime/settings.ts';
import { stringify } from 'yaml';
import { colourDiff } from '../colour-diff.ts';
import {
  developmentFolder,
  prepareDevelopmentCertificate,
} from '../serving/development-certificate.ts';
import { certificateOfFiles, policiesOfFiles } from '../serving/file-sources.ts';
import { serveAdmission } from '../serving/serve-admission.ts';
import { firstSignal } from '../first-signal.ts';
import { UsageError } from '../usage-error.ts';

/** Flags of `token-injector demo`. */
export interface DemoFlags {
  readonly once?: boolean;
  readonly port: number;
  readonly healthPort: number;
}

const policyName = 'aikido-zen';
const polling = { intervalMs: 500 };

/** Starts the webhook on loopback, sends it the pod of the example application as an API server would and shows what comes back. */
export async function demo(flags: DemoFlags, settings: Settings): Promise<void> {
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const examples = join(packageRoot(), 'examples');
  const policyFile = join(examples, 'agents', `${policyName}.yaml`);
  const files = await prepareDevelopmentCertificate();
  const colour = process.stdout.isTTY && !settings.noColor;
  const log = await createLog({ level: settings.logLevel, pretty: true, colour });
  const serving = await serveAdmission({
    policies: policiesOfFiles([policyFile], polling),
    certificate: certificateOfFiles(files.cert, files.key, polling),
    ownNamespace: settings.namespace,
    host: '127.0.0.1',
    port: flags.port,
    healthPort: flags.healthPort,
    log,
  });
  const port = await serving.answering;
  const review = exampleReview(await readFile(join(examples, 'application.yaml'), 'utf8'));
  const reviewFile = join(developmentFolder, 'review.json');
  await writeFile(reviewFile, JSON.stringify(review));
  const url = `https://localhost:${port}/mutate/${policyName}`;
  const operations = await askWebhook(url, await readFile(files.ca, 'utf8'), review);
  const pod = review.request.object;
  const diff = unifiedDiff('pod.yaml', [
    { line: 1, before: stringify(pod), after: stringify(applyOperations(pod, operations)) },
  ]);

  say(
    '\nThe pod as the Deployment in examples/application.yaml makes it, and as the webhook sends it on:\n',
  );
  say(colour ? colourDiff(diff) : diff);
  say(
    'No manifest holds the token or names its Secret: the policy does, once for the whole cluster.',
  );
  if (!flags.once) {
    const shown = (path: string) => relative('.', path) || '.';
    say('\nThe webhook goes on serving. Try next, in another terminal:');
    say(
      `  curl --cacert ${files.ca} -H 'content-type: application/json' --data @${reviewFile} ${url}`,
    );
    say(`  curl http://localhost:${serving.healthPort}/metrics`);
    say(`  edit ${shown(policyFile)} and see it reloaded, or broken and kept`);
    say('End with Ctrl-C.\n');
    await firstSignal();
  }
  await serving.drain(0);
}

/** The folder of this package: of the checkout, or of what npm installed. */
function packageRoot(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'examples', 'application.yaml'))) return folder;
    if (folder === dirname(folder))
      throw new UsageError(
        'the examples of this package are not there: run it from a checkout or from npm',
      );
  }
}

/** The review that an API server sends when a Deployment's ReplicaSet creates its pod. */
function exampleReview(manifest: string) {
  const template = readDocuments(manifest).documents.flatMap(({ object }) =>
    findPodTemplates(object),
  )[0]!;
  const { metadata, spec } = template.pod as { metadata: object; spec: object };
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '3f0c7a52-8f43-4ad1-9d2b-0d8a54fbe3f1',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      operation: 'CREATE',
      namespace: template.namespace ?? 'default',
      object: {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { generateName: `${template.name}-6d5f8c7b9-`, ...metadata },
        spec,
      },
    },
  };
}

async function askWebhook(url: string, ca: string, review: object): Promise<Operation[]> {
  const { status, text } = await new Promise<{ status: number; text: string }>(
    (resolve, reject) => {
      const headers = { 'content-type': 'application/json' };
      const sent = request(
        `${url}?timeout=5s`,
        { method: 'POST', ca, agent: false, headers },
        (response) => {
          readAll(response).then(
            (body) => resolve({ status: response.statusCode ?? 0, text: body }),
            reject,
          );
        },
      );
      sent.on('error', reject);
      sent.end(JSON.stringify(review));
    },
  );
  if (status !== 200) throw new UsageError(`the webhook answered ${status}: ${text}`);
  const { response } = JSON.parse(text) as { response: { patch?: string } };
  return response.patch
    ? (JSON.parse(Buffer.from(response.patch, 'base64').toString()) as Operation[])
    : [];
}
