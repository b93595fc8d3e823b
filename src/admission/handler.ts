import { probeName } from '../core/identity.ts';
import type { Warning } from '../core/injection/decision.ts';
import type { PolicySet } from '../core/policy/policy-set.ts';
import { admit, toAnswer } from './admit.ts';
import { withoutManagedFields } from './managed-fields.ts';
import { answerProbe } from './probe.ts';
import type { ReasonCode } from './reasons.ts';
import {
  type AdmissionAnswer,
  type AdmissionRequest,
  nameOrEmpty,
  readReview,
  writeReview,
} from './review.ts';

/** A body that is no AdmissionReview that we can answer. */
class BadReview extends Error {
  readonly statusCode = 400;
}

/** A review that was answered. */
export interface HandledReview {
  /** The AdmissionReview with the answer, JSON. */
  readonly text: string;
  readonly reason: ReasonCode;
  readonly warnings: readonly Warning[];
  /** What the log says of it: nothing that a caller can write as it likes. */
  readonly fields: object;
}

/** Decides on a review, the bytes of its JSON, by the policy of that name; throws BadReview. */
export function handleReview(
  body: Buffer,
  policyName: string,
  set: PolicySet,
  ownNamespace: string,
): HandledReview {
  const request = readRequest(body);
  const decision = admit(request, policyName, set, ownNamespace);
  const { reason, warnings } = decision;
  return answered(request, policyName, { ...toAnswer(decision), reason }, warnings);
}

/** Answers a review that is to prove that the API server reaches us; throws BadReview. */
export function handleProbe(body: Buffer): HandledReview {
  const request = readRequest(body);
  return answered(request, probeName, answerProbe(request), []);
}

function readRequest(body: Buffer): AdmissionRequest {
  const review = readReview(parseJson(withoutManagedFields(body).toString()));
  if (!review.ok) throw new BadReview(review.problem);
  return review.request;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Its own message quotes the body, which may hold a token.
    throw new BadReview('the body is not valid JSON');
  }
}

// What a caller can write as it likes is only logged in the form that Kubernetes gives it.
const uidForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function answered(
  request: AdmissionRequest,
  policyName: string,
  answer: AdmissionAnswer & { readonly reason: ReasonCode },
  warnings: readonly Warning[],
): HandledReview {
  const { uid, namespace, name: pod, dryRun } = request;
  const { reason } = answer;
  return {
    text: writeReview(uid, answer),
    reason,
    warnings,
    fields: {
      policy: nameOrEmpty(policyName),
      reason,
      namespace,
      pod,
      uid: uidForm.test(uid) ? uid : '',
      operations: answer.operations.length,
      warnings: answer.warnings.length,
      dryRun,
    },
  };
}
