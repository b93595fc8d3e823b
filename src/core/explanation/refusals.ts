import { type Json, isObject, readList } from '../json.ts';

/** Pods that the API server refused because they would have started without their token. */
export interface Refusal {
  readonly policy: string;
  /** The API server's words. */
  readonly message: string;
}

/** Reads the refusals of our own that a workload's condition ReplicaFailure tells; those of others are not ours to explain. */
export function readRefusals({ status }: Json): Refusal[] {
  return readList(isObject(status) ? status.conditions : [])
    .filter(isObject)
    .flatMap(({ type, status: holds, message }) => {
      if (type !== 'ReplicaFailure' || holds !== 'True' || typeof message !== 'string') return [];
      const policy = ours.exec(message)?.[1];
      return policy === undefined ? [] : [{ policy, message }];
    });
}

const ours = /ValidatingAdmissionPolicy 'token-injector-([^']+)'/;
