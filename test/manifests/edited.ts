import { expect } from 'vitest';
import type { Operation } from '../../src/core/injection/operation.ts';
import { applyOperations } from '../../src/manifests/edit/apply-operations.ts';
import { readDocuments } from '../../src/manifests/read/documents.ts';
import { editDocument } from '../../src/manifests/edit/edit-document.ts';

/** A short value of the kind that is injected. */
export const entry = {
  name: 'TOKEN',
  valueFrom: { secretKeyRef: { name: 'agent', key: 'token' } },
};

export function add(path: string, value: unknown): Operation {
  return { op: 'add', path, value };
}

export function replace(path: string, value: unknown): Operation {
  return { op: 'replace', path, value };
}

/** Edits the only document of a text, and proves that the text then says what the operations make of the object. */
export function edited(text: string, ...operations: Operation[]): string {
  const document = readDocuments(text).documents[0]!;
  const after = editDocument({ text, object: document.object }, operations);
  expect(readDocuments(after).problems).toEqual([]);
  expect(readDocuments(after).documents.map(({ object }) => object)).toEqual([
    applyOperations(document.object, operations),
  ]);
  return after;
}

/** The lines of a text that are not in another one, which has them in the same order. */
export function linesLostIn(after: string, before: string): string[] {
  const lines = after.split(/\r?\n/);
  let at = 0;
  return before.split(/\r?\n/).filter((line) => {
    const found = lines.indexOf(line, at);
    if (found === -1) return true;
    at = found + 1;
    return false;
  });
}
