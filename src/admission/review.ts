import { isNameOrPrefix } from '../core/kubernetes-names.ts';
import { isObject } from '../core/json.ts';
import type { Operation } from '../core/injection/operation.ts';

/** What we read of an AdmissionReview request; everything in it may be of any form. */
export interface AdmissionRequest {
  readonly uid: string;
  readonly kind: string;
  readonly group: string;
  readonly operation: string;
  readonly subResource: string;
  readonly namespace: string;
  /** Name or, as long as the API server has given none, generateName; empty where it is no legal name. */
  readonly name: string;
  readonly dryRun: boolean;
  readonly object: unknown;
  readonly oldObject: unknown;
}

/** A request, or why the body is no review that we can answer. */
export type ReadReview =
  | { readonly ok: true; readonly request: AdmissionRequest }
  | { readonly ok: false; readonly problem: string };

/** What is answered; every answer allows. */
export interface AdmissionAnswer {
  readonly operations: readonly Operation[];
  readonly warnings: readonly string[];
}

/** Reads an AdmissionReview v1 from parsed JSON. */
export function readReview(body: unknown): ReadReview {
  if (!isObject(body)) return invalid('the body is not an AdmissionReview: want a JSON object');
  if (body.kind !== 'AdmissionReview')
    return invalid('the body is not an AdmissionReview: kind differs');
  if (body.apiVersion !== 'admission.k8s.io/v1') {
    return invalid(
      'want apiVersion admission.k8s.io/v1: set admissionReviewVersions: [v1] in the webhook configuration',
    );
  }
  const { request } = body;
  if (!isObject(request)) return invalid('the AdmissionReview has no request');
  const { uid } = request;
  if (typeof uid !== 'string' || uid === '' || uid.length > maxUidLength) {
    return invalid(`the request has no uid of 1 to ${maxUidLength} characters`);
  }
  const kind = isObject(request.kind) ? request.kind : {};
  return {
    ok: true,
    request: {
      uid,
      kind: text(kind.kind),
      group: text(kind.group),
      operation: text(request.operation),
      subResource: text(request.subResource),
      namespace: nameOrEmpty(request.namespace),
      name: nameOrEmpty(request.name) || nameOrEmpty(generateName(request.object)),
      dryRun: request.dryRun === true,
      object: request.object,
      oldObject: request.oldObject,
    },
  };
}

/** Writes the AdmissionReview that answers a request, as JSON text. */
export function writeReview(uid: string, { operations, warnings }: AdmissionAnswer): string {
  const patch =
    operations.length === 0
      ? ''
      : `,"patchType":"JSONPatch","patch":"${Buffer.from(JSON.stringify(operations)).toString('base64')}"`;
  const warned = warnings.length === 0 ? '' : `,"warnings":${JSON.stringify(warnings)}`;
  return `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":${JSON.stringify(uid)},"allowed":true${patch}${warned}}}`;
}

// A UID of Kubernetes has 36 characters.
const maxUidLength = 128;

function invalid(problem: string): ReadReview {
  return { ok: false, problem };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The value where Kubernetes could have it as a name, else empty: names go into the log, and a caller can write anything. */
export function nameOrEmpty(value: unknown): string {
  return typeof value === 'string' && isNameOrPrefix(value) ? value : '';
}

function generateName(object: unknown): unknown {
  return isObject(object) && isObject(object.metadata) ? object.metadata.generateName : undefined;
}
