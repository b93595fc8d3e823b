import type { Schema } from '../../src/core/policy/schema-language.ts';
import type { ChartValue } from '../chart/values.ts';
import type { ValueSchema } from '../chart/value-forms.ts';
import { formOf } from '../chart/values-schema.ts';
import { limits } from './limits.ts';
import { code, generatedFrom, page, table } from './markdown.ts';

/** The page of the values of the chart. */
export function chartValuesPage(values: readonly ChartValue[]): string {
  const groups = Map.groupBy(values, ({ path }) => groupOf(path));
  return page([
    generatedFrom('chart/values.yaml and tools/chart'),
    '# Values of the Helm chart',
    [
      'The chart rejects values that are not listed here.',
      'It also rejects values that contradict each other, and agents that the catalogue does not have. The error says how to fix them.',
    ].join('\n'),
    ...[...groups].flatMap(([group, ofGroup]) => [`## ${group}`, valueTable(ofGroup)]),
  ]);
}

/** The section that a value belongs to; values that stand alone are in the first one. */
function groupOf(path: string): string {
  return path.includes('.') ? path.split('.')[0]! : 'General';
}

function valueTable(values: readonly ChartValue[]): string {
  return table(
    ['Value', 'Default', 'Allowed', 'Meaning'],
    values.map((value) => [
      code(value.path),
      code(JSON.stringify(value.default)),
      allowed(formOf(value)),
      value.description,
    ]),
  );
}

function allowed(form: ValueSchema): string {
  const { maximum, minimum } = form;
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}`;
  return limits(form as Schema);
}
