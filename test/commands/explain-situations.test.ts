import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { explainObject } from '../../src/commands/explain/explain-object.ts';
import { explanationJson, explanationText } from '../../src/commands/explain/explanation-text.ts';
import { explanationReasons } from '../../src/core/explanation/reasons.ts';
import { findWorkloadKind } from '../../src/kube/workloads.ts';
import { type Situation, readSituations } from '../explanation-folder.ts';
import { ownNamespace } from '../case-folder.ts';
import { fakeApi } from '../kube/fake-api.ts';

const situations = readSituations();

function explainSituation({ cluster, mayNotRead, object, namespace }: Situation) {
  const api = fakeApi(cluster);
  api.refuse({
    status: 403,
    reason: 'Forbidden',
    when: ({ kind }) => mayNotRead.includes(kind),
  });
  const [kind = '', name = ''] = object.split('/');
  const resource = findWorkloadKind(kind)!;
  return { api, explained: explainObject(api, { resource, name, namespace }, ownNamespace) };
}

describe.each(situations)('situation $name: $title', (situation) => {
  it('is explained as expected, without a value of anything', async () => {
    const { explained } = explainSituation(situation);
    const text = explanationText(await explained);
    await expect(text).toMatchFileSnapshot(join(situation.folder, 'expected.txt'));
    expect(text + explanationJson(await explained)).not.toMatch(/canary|Y2FuYXJ5/i);
  });

  it('is only read', async () => {
    const { api, explained } = explainSituation(situation);
    await explained;
    expect(api.requests.filter(({ verb }) => verb !== 'get' && verb !== 'list')).toEqual([]);
    const listed = api.requests.filter(({ verb }) => verb === 'list');
    const [first, ...others] = listed.map(({ kind, namespace }) => ({ kind, namespace }));
    expect(first).toEqual({ kind: 'TokenPolicy', namespace: undefined });
    expect([[], [{ kind: 'Pod', namespace: situation.namespace }]]).toContainEqual(others);
  });
});

it('situations show every reason that explaining has of its own', async () => {
  const texts = await Promise.all(
    situations.map(async (situation) =>
      explanationJson(await explainSituation(situation).explained),
    ),
  );
  const shown = texts.join('');
  expect(Object.keys(explanationReasons).filter((code) => !shown.includes(`"${code}"`))).toEqual(
    [],
  );
});

it('the JSON has the fields that programs rely on', async () => {
  const situation = situations.find(({ name }) => name === 'rights-missing')!;
  const json = explanationJson(await explainSituation(situation).explained);
  await expect(json).toMatchFileSnapshot(join(situation.folder, 'expected.json'));
});

it('an annotation or a written-out value of the fixtures is a canary', () => {
  const canaries = situations.filter(({ folder }) =>
    readFileSync(join(folder, 'cluster.yaml'), 'utf8').includes('canary'),
  );
  expect(canaries.length).toBeGreaterThan(3);
});
