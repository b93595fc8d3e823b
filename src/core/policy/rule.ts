import { isObject, readList } from '../json.ts';
import type { Problem } from './problem.ts';

/**
 * Something that a policy can get wrong beyond its schema, said twice side by side: for the parser, and in CEL for the
 * API server. Nobody can change one without seeing the other; test/cluster compares their verdicts.
 */
export interface Rule {
  /** Path of the part that the rule looks at, `self` in CEL; `[]` stands for each item, '' for the whole object. */
  readonly at: string;
  /** Fields that must satisfy the schema for the rule to make sense of them; the field itself where not given. */
  readonly needs?: readonly string[];
  /** What must hold, as a sentence whose subject is the field. */
  readonly message: string;
  /** The field below the part that the message is about, as a path such as `.name`. */
  readonly field?: string;
  /** The subject of the message where CEL can only point at a whole list or map: `a name`. */
  readonly subject?: string;
  /** The paths below the part of everything that breaks the rule. */
  readonly broken: (self: unknown) => readonly string[];
  readonly cel: string;
}

/** A rule whose `self` still has its type. */
interface RuleOf<Self> extends Omit<Rule, 'broken' | 'subject'> {
  readonly holds: (self: Self) => boolean;
}

interface ListRuleOf<Self> extends Omit<Rule, 'broken' | 'field' | 'subject'> {
  readonly subject: string;
  readonly broken: (self: Self) => readonly string[];
}

/** A rule about one field. */
export function fieldRule<Self>({ holds, ...rule }: RuleOf<Self>): Rule {
  // The rule is only asked about parts that satisfy the schema.
  return { ...rule, broken: (self) => (holds(self as Self) ? [] : [rule.field ?? '']) };
}

/** A rule about the items of a list, or the keys of a map, among each other. */
export function listRule<Self>({ broken, ...rule }: ListRuleOf<Self>): Rule {
  return { ...rule, broken: (self) => broken(self as Self) };
}

/** What a document breaks of a rule; parts that do not satisfy the schema are passed over. */
export function problemsOf(
  rule: Rule,
  document: unknown,
  isSound: (path: string) => boolean,
): Problem[] {
  const problems: Problem[] = [];
  // Hundreds of policies are read before anything is ready, by code that is not optimized yet: hence the plain loops.
  for (const { path, value } of fieldValuesAt(document, rule.at)) {
    if (!(rule.needs ? rule.needs.every(isSound) : isSound(path))) continue;
    for (const below of rule.broken(value))
      problems.push({ path: path === '' ? below.slice(1) : path + below, message: rule.message });
  }
  return problems;
}

interface FieldValue {
  readonly path: string;
  readonly value: unknown;
}

interface Step {
  readonly field: string;
  /** Whether it goes on to the items of the field. */
  readonly toItems: boolean;
}

/** The values in a document that a path with `[]` leads to; absent ones are left out. */
function fieldValuesAt(document: unknown, at: string): readonly FieldValue[] {
  let values: readonly FieldValue[] = [{ path: '', value: document }];
  for (const step of stepsTo(at)) {
    const below: FieldValue[] = [];
    for (const value of values) pushValuesBelow(below, value, step);
    if (below.length === 0) return below;
    values = below;
  }
  return values;
}

function pushValuesBelow(
  below: FieldValue[],
  { path, value }: FieldValue,
  { field, toItems }: Step,
): void {
  const child = isObject(value) ? value[field] : undefined;
  if (child === undefined) return;
  const childPath = path === '' ? field : `${path}.${field}`;
  if (!toItems) below.push({ path: childPath, value: child });
  else
    for (const [index, item] of readList(child).entries())
      below.push({ path: `${childPath}[${index}]`, value: item });
}

const knownSteps = new Map<string, readonly Step[]>();

function stepsTo(at: string): readonly Step[] {
  const known = knownSteps.get(at) ?? readSteps(at);
  knownSteps.set(at, known);
  return known;
}

function readSteps(at: string): Step[] {
  if (at === '') return [];
  return at
    .split('.')
    .map((step) => ({ field: step.replace('[]', ''), toItems: step.endsWith('[]') }));
}
