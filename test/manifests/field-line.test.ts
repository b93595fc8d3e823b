import { expect, it } from 'vitest';
import { readDocuments } from '../../src/manifests/read/documents.ts';
import { fieldLine } from '../../src/manifests/read/field-line.ts';

const text = `# a comment
kind: First
---

kind: Second
metadata: {labels: {"a/b.c": x}}
spec:
  env:
    - name: A
      key: a
    # about B
    - key: b
  empty:
`;

it.each([
  ['spec', 7],
  ['spec.env[0].key', 10],
  ['spec.env[1]', 12],
  ['spec.env[1].name', 12],
  ['spec.env[7]', 8],
  ['spec.empty', 13],
  ['spec.missing.deeper', 7],
  ['metadata.labels["a/b.c"]', 6],
  ['nothing', 5],
  ['', 5],
])('%s stands in line %i', (path, line) => {
  const [, second] = readDocuments(text).documents;
  expect(fieldLine(text, second!, path)).toBe(line);
});
