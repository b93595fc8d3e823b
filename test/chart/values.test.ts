import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { isObject } from '../../src/core/json.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { formOf, valuesSchema } from '../../tools/chart/values-schema.ts';
import { type ChartValue, chartValues, readValues } from '../../tools/chart/values.ts';
import { chartValuesPage } from '../../tools/reference/chart-values-page.ts';

const root = path.join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const values = chartValues(root);

describe('the values of the chart', () => {
  it('are all found: those that have no comment hold others that have', () => {
    const found = values.map(({ path: at }) => at);
    expect(leavesOf(parse(read('chart/values.yaml')), found)).toEqual(found);
    expect(found).toContain('config.existingSecret.name');
    expect(found.length).toBeGreaterThan(40);
  });

  it('have a default of the form that the schema wants, and a description that ends', () => {
    for (const value of values) {
      expect(value.description, `of ${value.path}`).toMatch(/^[A-Z].*\.$/);
      expect([formOf(value).type].flat(), `of ${value.path}`).toContain(typeOf(value.default));
    }
  });

  it('are all used by a template', () => {
    const templates = readdirSync(path.join(root, 'chart/templates'), {
      recursive: true,
      encoding: 'utf8',
    })
      .filter((file) => /\.(yaml|tpl|txt)$/.test(file))
      .map((file) => read(`chart/templates/${file}`))
      .join('\n');
    const unused = values.filter(({ path: at }) => !templates.includes(`.${at.split('.').at(-1)}`));
    expect(unused).toEqual([]);
  });

  it('are each set by a case', () => {
    const cases = path.join(root, 'test/chart/cases');
    const set = readdirSync(cases).map((name): unknown =>
      parse(read(`test/chart/cases/${name}/values.yaml`)),
    );
    const isSet = (at: string) =>
      set.some((one) => {
        let node: unknown = one;
        return at.split('.').every((key) => {
          if (!isObject(node) || !Object.hasOwn(node, key)) return false;
          node = node[key];
          return true;
        });
      });
    expect(values.map(({ path: at }) => at).filter((at) => !isSet(at))).toEqual([]);
  });

  it('are all in the schema and in the table', () => {
    const schema: unknown = JSON.parse(valuesSchema(values));
    const page = chartValuesPage(values);
    for (const { path: at, description } of values) {
      expect(schemaAt(schema, at), `at ${at}`).toMatchObject({ title: at, description });
      expect(page).toContain(`| \`${at}\` |`);
    }
  });

  it('refuse what they do not know, wherever they know what they hold', () => {
    const open = openObjects(JSON.parse(valuesSchema(values)), '').toSorted();
    // Types of Kubernetes and of operators, whose fields differ between versions, and maps of strings.
    const kubernetes =
      /\.(externalSecret\.(target|data\[\]|dataFrom\[\])|sealedSecret\.template|affinity|resources|valueFrom|tolerations|topologySpreadConstraints|\w+SecurityContext|dnsConfig|extra(Volumes|VolumeMounts|Objects))(\[\])?$/;
    expect(open.filter((at) => !kubernetes.test(at))).toEqual([
      '.global',
      '.networkPolicy.metricsFrom[]',
      '.networkPolicy.webhookFrom[]',
    ]);
  });
});

describe('a values.yaml', () => {
  it('gives each value with its comment, across lines, and its default', () => {
    const text = [
      'a:',
      '  # Not a description.',
      '  # -- First line,',
      '  # and second.',
      '  b: {c: 1}',
      '  d:',
      '    # -- Deep.',
      '    e: []',
      '# -- Last.',
      'f: x',
    ].join('\n');
    expect(readValues(text)).toEqual<ChartValue[]>([
      { path: 'a.b', default: { c: 1 }, description: 'First line, and second.' },
      { path: 'a.d.e', default: [], description: 'Deep.' },
      { path: 'f', default: 'x', description: 'Last.' },
    ]);
  });

  it('with a value that has no comment is refused', () => {
    expect(() => readValues('# -- A.\na: 1\nb: 2')).toThrow('b has no comment');
    expect(() => readValues('# -- A.\na: 1\nb: {c: {}}')).toThrow('b.c has no comment');
  });
});

it('chart, application and package have one version', () => {
  const { version, appVersion } = parse(read('chart/Chart.yaml')) as Record<string, string>;
  expect([version, appVersion]).toEqual([packageJson.version, packageJson.version]);
});

/** The paths of what a values.yaml holds, down to those that are values. */
function leavesOf(node: unknown, known: readonly string[], at = ''): string[] {
  if (known.includes(at) || !isObject(node)) return [at];
  return Object.entries(node).flatMap(([key, value]) =>
    leavesOf(value, known, at === '' ? key : `${at}.${key}`),
  );
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (value === null) return 'null';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

function schemaAt(schema: unknown, at: string): unknown {
  return at
    .split('.')
    .reduce(
      (node, key) => (node as { properties: Record<string, unknown> }).properties[key],
      schema,
    );
}

/** The objects of a schema that allow any field. */
function openObjects(schema: unknown, at: string): string[] {
  if (!isObject(schema)) return [];
  const { type, properties, items, additionalProperties = true } = schema;
  const within = Object.entries(isObject(properties) ? properties : {});
  return [
    ...([type].flat().includes('object') && additionalProperties === true ? [at] : []),
    ...within.flatMap(([key, property]) => openObjects(property, `${at}.${key}`)),
    ...openObjects(items, `${at}[]`),
  ];
}
