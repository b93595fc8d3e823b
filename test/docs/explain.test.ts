import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { workloadKinds } from '../../src/kube/workloads.ts';
import { readSituations } from '../explanation-folder.ts';
import { codeIn, read, tablesOf } from './documentation.ts';

const page = read('docs/explain.md');
const situations = readSituations();

it('docs/explain.md shows explanations to the letter', () => {
  const goldens = situations.map(({ folder }) =>
    readFileSync(join(folder, 'expected.txt'), 'utf8'),
  );
  const shown = page.match(/(?<=^```text\n)[\s\S]*?(?=^```$)/gm) ?? [];
  expect(shown.length).toBeGreaterThan(3);
  expect(shown.filter((text) => !goldens.includes(text))).toEqual([]);
});

it('docs/reference/explain-json.md lists the fields of the JSON, and no other', () => {
  const { folder } = situations.find(({ name }) => name === 'rights-missing')!;
  const json = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as {
    policies: [object];
  };
  const [whole = [], ofPolicy = []] = tablesOf(read('docs/reference/explain-json.md'));
  const listed = ([, ...rows]: string[][]) => rows.map(([field = '']) => codeIn(field)[0] ?? '');
  expect(listed(whole).toSorted()).toEqual(Object.keys(json).toSorted());
  expect(listed(ofPolicy).toSorted()).toEqual(Object.keys(json.policies[0]).toSorted());
});

it('docs/explain.md names every kind', () => {
  const sentence = /^Kinds are (.*), with the plurals/m.exec(page)?.[1];
  expect(sentence?.split(/, | and /)).toEqual(workloadKinds);
});
