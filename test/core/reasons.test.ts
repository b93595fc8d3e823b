import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { reasons } from '../../src/core/reasons.ts';
import { readCases } from '../case-folder.ts';

it('has one sentence for every reason', () => {
  for (const sentence of Object.values(reasons)) expect(sentence).toMatch(/^[A-Z][^\n]*\.$/);
});

it('has a case that shows each reason that deciding can give', () => {
  const shown = new Set(
    JSON.stringify(
      readCases().map(({ folder }) => parse(readFileSync(`${folder}/expected.yaml`, 'utf8'))),
    ).match(/(?<="reason":")[^"]+/g),
  );
  // These three are decided before there is a pod to look at: test/admission shows them.
  const elsewhere = ['not-a-pod', 'operation-ignored', 'policy-unknown'];
  expect(
    Object.keys(reasons).filter((code) => !shown.has(code) && !elsewhere.includes(code)),
  ).toEqual([]);
});
