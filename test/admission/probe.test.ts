import { expect, it } from 'vitest';
import { answerProbe } from '../../src/admission/probe.ts';
import { readReview } from '../../src/admission/review.ts';
import { applyOperations } from '../../src/manifests/edit/apply-operations.ts';
import { reviewOf } from '../server/webhook-under-test.ts';

const configMaps = { group: '', version: 'v1', kind: 'ConfigMap' };
const probe = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'probe', labels: { 'token-injector.dev/probe': 'true' } },
};

function answer(object: unknown, kind: object = configMaps) {
  const review = readReview(reviewOf(object, { kind }));
  if (!review.ok) throw new Error(review.problem);
  return answerProbe(review.request);
}

it.each([
  ['without data', {}, { answered: 'token-injector' }],
  ['with null for data', { data: null }, { answered: 'token-injector' }],
  ['with data', { data: { a: 'b' } }, { a: 'b', answered: 'token-injector' }],
  ['answered before', { data: { answered: 'x' } }, { answered: 'token-injector' }],
])('a probe %s is answered', (_, more, data) => {
  const object = { ...probe, ...more };
  const { operations, ...rest } = answer(object);
  expect(rest).toEqual({ reason: 'probe-answered', warnings: [] });
  expect(applyOperations(object, operations)).toEqual({ ...probe, data });
});

it.each([
  ['another kind', probe, { group: '', version: 'v1', kind: 'Secret' }],
  ['a ConfigMap of another group', probe, { ...configMaps, group: 'example.com' }],
  ['a ConfigMap without the label', { ...probe, metadata: { name: 'probe' } }],
  [
    'another value of the label',
    { ...probe, metadata: { labels: { 'token-injector.dev/probe': true } } },
  ],
  ['data that is a list', { ...probe, data: [] }],
  ['no object', null],
  ['metadata that is text', { metadata: 'x' }],
])('%s is left as it is', (_, object, kind = configMaps) => {
  expect(answer(object, kind)).toEqual({ reason: 'not-a-probe', operations: [], warnings: [] });
});
