import { dnsLabelListPattern } from '../kubernetes-names.ts';
import type { StringMap } from './label-selector.ts';

/** Annotation of the pods that mirror a static pod. */
export const mirrorAnnotation = 'kubernetes.io/config.mirror';

/** Longest value that is read; longer ones count as bad. */
export const maxAnnotationLength = 1024;
const nameList = new RegExp(dnsLabelListPattern);

/** What a pod says in an annotation: nothing, something that cannot be read, or a list of names. */
export type AnnotationValue = 'absent' | 'bad' | readonly string[];

/** Whether the value of an annotation is the word true or the word false, not a list of names. */
export function isBoolean(value: readonly string[]): boolean {
  return value.length === 1 && (value[0] === 'true' || value[0] === 'false');
}

/** Reads one of our annotations. */
export function readAnnotation(annotations: StringMap, annotation: string): AnnotationValue {
  if (!Object.hasOwn(annotations, annotation)) return 'absent';
  const value = annotations[annotation];
  if (typeof value !== 'string' || value.length > maxAnnotationLength || !nameList.test(value))
    return 'bad';
  return value.split(',').map((name) => name.trim());
}
