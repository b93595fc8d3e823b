import { validatingAdmissionPolicyName } from '../identity.ts';
import { type Json, isObject, readList } from '../json.ts';

/** That the API server denied pods because they would have started without their token. */
export interface Denial {
  readonly policy: string;
  /** The API server's words. */
  readonly message: string;
}

/** Reads the denials in a workload's condition ReplicaFailure that are our own; those of others are not ours to explain. */
export function readDenials({ status }: Json): Denial[] {
  return readList(isObject(status) ? status.conditions : [])
    .filter(isObject)
    .flatMap(({ type, status: holds, message }) => {
      if (type !== 'ReplicaFailure' || holds !== 'True' || typeof message !== 'string') return [];
      const policy = ours.exec(message)?.[1];
      return policy === undefined ? [] : [{ policy, message }];
    });
}

const ours = new RegExp(`ValidatingAdmissionPolicy '${validatingAdmissionPolicyName("([^']+)")}'`);
