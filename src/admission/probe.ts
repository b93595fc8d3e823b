import { probeLabel } from '../core/identity.ts';
import { isObject } from '../core/json.ts';
import type { Operation } from '../core/injection/operation.ts';
import type { ReasonCode } from './reasons.ts';
import { probeAnswer } from '../core/registration/probe.ts';
import type { AdmissionAnswer, AdmissionRequest } from './review.ts';

/** Answers the ConfigMap that proves that an API server reaches this webhook; leaves anything else as it is. */
export function answerProbe(
  request: AdmissionRequest,
): AdmissionAnswer & { readonly reason: ReasonCode } {
  const operation = probeOperation(request);
  return operation
    ? { reason: 'probe-answered', operations: [operation], warnings: [] }
    : { reason: 'not-a-probe', operations: [], warnings: [] };
}

function probeOperation({ kind, group, object }: AdmissionRequest): Operation | undefined {
  if (kind !== 'ConfigMap' || group !== '' || !isObject(object)) return undefined;
  const { metadata, data } = object;
  const labels = isObject(metadata) ? metadata.labels : undefined;
  if (!isObject(labels) || labels[probeLabel] !== 'true') return undefined;
  if (data === undefined || data === null) return { op: 'add', path: '/data', value: probeAnswer };
  return isObject(data)
    ? { op: 'add', path: '/data/answered', value: probeAnswer.answered }
    : undefined;
}
