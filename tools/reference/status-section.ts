import { conditionReasons } from '../../src/core/status/condition-reasons.ts';
import { statusSchema } from '../../src/core/policy/status-schema.ts';
import { fieldsOf } from './fields.ts';
import { code, table } from './markdown.ts';

/** The parts of the page of a TokenPolicy that are about its status. */
export function statusSection(): string[] {
  return [
    '## status',
    [
      statusSchema.description,
      'Only policies in a cluster have a status. Commands ignore it in a policy file, so the output of `kubectl get -o yaml` is a valid policy file.',
    ].join('\n'),
    table(
      ['Field', 'Type', 'Meaning'],
      fieldsOf(statusSchema, 'status').map(({ path, schema }) => [
        code(path),
        schema.items ? 'list of objects' : (schema.format ?? schema.type),
        schema.description ?? '',
      ]),
    ),
    '### Conditions and their reasons',
    ['Reasons are stable. Messages can change.', 'The message says what to do.'].join('\n'),
    table(
      ['Condition', 'Status', 'Reason', 'Meaning'],
      Object.entries(conditionReasons).flatMap(([condition, reasons]) =>
        Object.entries(reasons).map(([reason, { status, meaning }]) => [
          code(condition),
          code(status),
          code(reason),
          meaning,
        ]),
      ),
    ),
  ];
}
