import jsonPatch from 'fast-json-patch';
import type { Operation } from '../../core/injection/operation.ts';

/** Applies operations to plain JSON and returns the changed copy. */
export function applyOperations(object: unknown, operations: readonly Operation[]): unknown {
  let changed: unknown = jsonPatch.deepClone(object);
  for (const { op, path, value } of operations) {
    try {
      // A copy of the value, or a later operation would reach into the caller's.
      const operation = { op, path, value: jsonPatch.deepClone(value) as unknown };
      changed = jsonPatch.applyOperation(changed, operation, true).newDocument;
    } catch {
      // The library's own message holds the whole object.
      throw new Error(`the operation "${op}" does not apply at ${path}`);
    }
  }
  return changed;
}

/** Whether two values are the same JSON; the order of keys does not count. */
export function isSameJson(one: unknown, other: unknown): boolean {
  // Wrapped, because comparing looks into objects only.
  return jsonPatch.compare({ value: one }, { value: other }).length === 0;
}
