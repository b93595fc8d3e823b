import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { explanationReasons } from '../../src/core/explanation/reasons.ts';
import { reasons } from '../../src/admission/reasons.ts';
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
  // Those of explanations and of requests, and of a pod too large for a case: test/server shows them.
  const elsewhere = [
    ...Object.keys(explanationReasons),
    'not-a-pod',
    'operation-ignored',
    'policy-unknown',
    'probe-answered',
    'not-a-probe',
    'pod-too-large',
  ];
  expect(
    Object.keys(reasons).filter((code) => !shown.has(code) && !elsewhere.includes(code)),
  ).toEqual([]);
});
