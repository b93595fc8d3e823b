import { isObject, readList } from '../json.ts';
import { isConditionReason } from '../kubernetes-names.ts';
import type { Policy } from '../policy/compile-policy.ts';

/** A kind of objects that an operator makes Secrets from. */
export type OperatorKind = keyof typeof conditionOfKind;

/** The object that an operator makes the Secret of a policy from; without a namespace, one in each namespace of pods. */
export interface OperatorSource {
  readonly kind: OperatorKind;
  readonly name: string;
  readonly namespace?: string | undefined;
}

/** What is known of such an object; `says` is what its operator says of a failure. */
export type SourceState =
  | { readonly state: 'not-served' | 'not-permitted' | 'missing' | 'waiting' | 'ready' }
  | { readonly state: 'failed'; readonly says: string };

const conditionOfKind = { ExternalSecret: 'Ready', SealedSecret: 'Synced' } as const;
const wordOfKind = { ExternalSecret: 'ready', SealedSecret: 'synced' } as const;

/** The object that an operator makes the Secret of a policy from, if one does. */
export function operatorSource({ spec }: Policy): OperatorSource | undefined {
  const { name: secretName, source } = spec.secret;
  const { kind, name = secretName, namespace } = source;
  return kind === 'Secret' ? undefined : { kind, name, namespace };
}

/** What an operator says of an object in the object's status. */
export function operatorState(kind: OperatorKind, status: unknown): SourceState {
  const conditions = isObject(status) ? readList(status['conditions']) : [];
  const found = conditions.filter(isObject).find(({ type }) => type === conditionOfKind[kind]);
  if (found?.['status'] === 'True') return { state: 'ready' };
  return found?.['status'] === 'False'
    ? { state: 'failed', says: sayings[kind](found) }
    : { state: 'waiting' };
}

const maxLength = 200;
// The words of a provider are kept out: they are for those who may read the object.
const sayings: Readonly<Record<OperatorKind, (condition: Record<string, unknown>) => string>> = {
  ExternalSecret: ({ reason }) => (isConditionReason(reason) ? reason : 'no reason'),
  SealedSecret: ({ message }) =>
    typeof message === 'string'
      ? message
          .replaceAll(/[\p{Cc}\s]+/gu, ' ')
          .trim()
          .slice(0, maxLength)
      : 'no message',
};

/** What keeps the Secret from being as its source says; nothing where that is all right. */
export function sourceTrouble({ kind, name }: OperatorSource, state: SourceState): string {
  switch (state.state) {
    case 'not-served':
      return `the cluster does not know the kind ${kind}: its operator is not installed`;
    case 'not-permitted':
      return `whether ${kind} ${name} is ${wordOfKind[kind]} is not known: add ${name} to the chart value config.secretNames`;
    case 'missing':
      return `there is no ${kind} ${name}`;
    case 'waiting':
      return `${kind} ${name} was not reconciled yet`;
    case 'ready':
      return `${kind} ${name} is ${wordOfKind[kind]}, so it makes another Secret or other keys`;
    case 'failed':
      return `${kind} ${name} is not ${wordOfKind[kind]}: ${state.says}`;
    default:
      return state satisfies never;
  }
}
