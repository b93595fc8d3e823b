import type { LabelSelector } from './schema.ts';

/** Labels or annotations as they stand in an object; values of a hostile object may be anything. */
export type StringMap = Readonly<Record<string, unknown>>;
/** Whether labels satisfy a selector. */
export type LabelTest = (labels: StringMap) => boolean;

/** One thing that a selector wants of labels. */
export type Requirement = NonNullable<LabelSelector['matchExpressions']>[number];

/** Compiles a label selector; an empty one is satisfied by everything. */
export function compileSelector(selector: LabelSelector): LabelTest {
  const tests: LabelTest[] = [];
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    tests.push((labels) => valueOf(labels, key) === value);
  }
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    const wanted = new Set<unknown>(values);
    tests.push(
      {
        In: (labels: StringMap) => wanted.has(valueOf(labels, key)),
        // As in Kubernetes, a label that is absent is "not in" every list.
        NotIn: (labels: StringMap) => !wanted.has(valueOf(labels, key)),
        Exists: (labels: StringMap) => valueOf(labels, key) !== undefined,
        DoesNotExist: (labels: StringMap) => valueOf(labels, key) === undefined,
      }[operator],
    );
  }
  return (labels) => tests.every((test) => test(labels));
}

/** All that a selector wants of labels, each as an expression. */
export function requirementsOf({
  matchLabels = {},
  matchExpressions = [],
}: LabelSelector): Requirement[] {
  return [
    ...Object.entries(matchLabels).map(([key, value]) => ({
      key,
      operator: 'In' as const,
      values: [value],
    })),
    ...matchExpressions,
  ];
}

/** A requirement as kubectl writes it, such as `team in (a, b)`. */
export function requirementText({ key, operator, values = [] }: Requirement): string {
  const list = `(${values.join(', ')})`;
  return {
    In: `${key} in ${list}`,
    NotIn: `${key} notin ${list}`,
    Exists: key,
    DoesNotExist: `!${key}`,
  }[operator];
}

/** The keys of all labels that a selector looks at. */
export function selectorKeys({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string[] {
  return [...Object.keys(matchLabels), ...matchExpressions.map(({ key }) => key)];
}

/** Whether a selector has no requirement and so selects everything. */
export function selectsEverything(selector: LabelSelector): boolean {
  return (
    Object.keys(selector.matchLabels ?? {}).length === 0 &&
    (selector.matchExpressions ?? []).length === 0
  );
}

// An object may carry any key, "constructor" too: only its own properties count.
function valueOf(labels: StringMap, key: string): unknown {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}
