import { type Json, isObject, readList } from '../json.ts';

/** Whether a status says something else than the one that the object has. */
export function statusChanged(status: object, previous: unknown): boolean {
  return !isObject(previous) || !contains(previous, status);
}

// Compares what we say with what stands there. Others may have said more: fields, and conditions of their own.
function contains(previous: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    const before = readList(previous);
    if (wanted.some(hasType))
      return wanted.every((item) => contains(before.find(isTypeOf(item)), item));
    return (
      before.length === wanted.length &&
      wanted.every((item, index) => contains(before[index], item))
    );
  }
  if (!isObject(wanted)) return previous === wanted;
  const has: Json = isObject(previous) ? previous : {};
  return Object.entries(wanted).every(([field, value]) => contains(has[field], value));
}

function hasType(item: unknown): boolean {
  return isObject(item) && typeof item['type'] === 'string';
}

function isTypeOf(item: unknown) {
  return (other: unknown) => isObject(other) && isObject(item) && other['type'] === item['type'];
}
