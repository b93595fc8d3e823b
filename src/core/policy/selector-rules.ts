import { labelKeyPattern, maxLabelKeyLength, maxSubdomainLength } from '../kubernetes-names.ts';
import { celString } from '../cel.ts';
import { type Rule, fieldRule, listRule } from './rule.ts';
import type { LabelSelector } from './schema.ts';

const labelKeyForm =
  'must be a label key: an optional DNS prefix and "/", then at most 63 letters, digits, "-", "_" and "."';
const labelKey = new RegExp(labelKeyPattern);

function isLabelKey(key: string): boolean {
  return (
    key.length <= maxLabelKeyLength && key.indexOf('/') <= maxSubdomainLength && labelKey.test(key)
  );
}

function isLabelKeyCel(key: string): string {
  return `${key}.size() <= ${maxLabelKeyLength} && ${key}.indexOf('/') <= ${maxSubdomainLength} && ${key}.matches(${celString(labelKeyPattern)})`;
}

type Expression = NonNullable<LabelSelector['matchExpressions']>[number];

/** What the API server would reject in a selector beyond its schema. */
export function selectorRules(selector: string): Rule[] {
  const expressions = `${selector}.matchExpressions[]`;
  return [
    listRule<NonNullable<LabelSelector['matchLabels']>>({
      at: `${selector}.matchLabels`,
      subject: 'every key',
      message: labelKeyForm,
      broken: (labels) =>
        Object.keys(labels)
          .filter((key) => !isLabelKey(key))
          .map((key) => `[${JSON.stringify(key)}]`),
      cel: `self.all(key, ${isLabelKeyCel('key')})`,
    }),
    fieldRule<string>({
      at: `${expressions}.key`,
      message: labelKeyForm,
      holds: isLabelKey,
      cel: isLabelKeyCel('self'),
    }),
    ...(['In', 'NotIn'] as const).map((name) =>
      fieldRule<Expression>({
        at: expressions,
        field: '.values',
        message: `is required with ${name}`,
        holds: ({ operator, values = [] }) => operator !== name || values.length > 0,
        cel: `self.operator != '${name}' || has(self.values) && self.values.size() > 0`,
      }),
    ),
    ...(['Exists', 'DoesNotExist'] as const).map((name) =>
      fieldRule<Expression>({
        at: expressions,
        field: '.values',
        message: `must not be set with ${name}`,
        holds: ({ operator, values = [] }) => operator !== name || values.length === 0,
        cel: `self.operator != '${name}' || !has(self.values) || self.values.size() == 0`,
      }),
    ),
  ];
}
