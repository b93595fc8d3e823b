import { celString } from '../cel.ts';
import { type Rule, fieldRule, listRule } from './rule.ts';
import type { LabelSelector } from './schema.ts';

const labelKeyForm =
  'must be a label key: an optional DNS prefix and "/", then at most 63 letters, digits, "-", "_" and "."';
// Both RE2 and JavaScript read it alike.
const labelKeyPattern =
  '^([a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?[A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?$';
const longestPrefix = 253;
const longestKey = longestPrefix + 1 + 63;
const labelKey = new RegExp(labelKeyPattern);

function isLabelKey(key: string): boolean {
  return key.length <= longestKey && key.indexOf('/') <= longestPrefix && labelKey.test(key);
}

function isLabelKeyCel(key: string): string {
  return `${key}.size() <= ${longestKey} && ${key}.indexOf('/') <= ${longestPrefix} && ${key}.matches(${celString(labelKeyPattern)})`;
}

type Expression = NonNullable<LabelSelector['matchExpressions']>[number];

/** What the API server would refuse in a selector beyond its schema. */
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
