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
      'It is there in a cluster only; in a policy file it is passed over, so that what `kubectl get -o yaml` prints can be one.',
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
    [
      'Reasons stay as they are, the messages beside them may change.',
      'What to do about one is in its message.',
    ].join('\n'),
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
