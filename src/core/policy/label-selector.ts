import type { Problem } from './problem.ts';
import type { LabelSelector } from './schema.ts';

/** Labels or annotations as they stand in an object; values of a hostile object may be anything. */
export type StringMap = Readonly<Record<string, unknown>>;
/** Whether labels satisfy a selector. */
export type LabelTest = (labels: StringMap) => boolean;

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

/** Whether a selector has no requirement and so selects everything. */
export function selectsEverything(selector: LabelSelector): boolean {
  return (
    Object.keys(selector.matchLabels ?? {}).length === 0 &&
    (selector.matchExpressions ?? []).length === 0
  );
}

/** What the API server would refuse in a selector beyond its schema. */
export function selectorProblems(selector: LabelSelector, path: string): Problem[] {
  const problems: Problem[] = [];
  for (const key of Object.keys(selector.matchLabels ?? {})) {
    if (!isLabelKey(key))
      problems.push({ path: `${path}.matchLabels[${JSON.stringify(key)}]`, message: labelKeyForm });
  }
  for (const [index, { key, operator, values = [] }] of (
    selector.matchExpressions ?? []
  ).entries()) {
    const at = `${path}.matchExpressions[${index}]`;
    if (!isLabelKey(key)) problems.push({ path: `${at}.key`, message: labelKeyForm });
    const needsValues = operator === 'In' || operator === 'NotIn';
    if (needsValues && values.length === 0)
      problems.push({ path: `${at}.values`, message: `is required with ${operator}` });
    if (!needsValues && values.length > 0)
      problems.push({ path: `${at}.values`, message: `must not be set with ${operator}` });
  }
  return problems;
}

const labelKeyForm =
  'must be a label key: an optional DNS prefix and "/", then at most 63 letters, digits, "-", "_" and "."';
const labelName = /^[A-Za-z0-9](?:[-._A-Za-z0-9]{0,61}[A-Za-z0-9])?$/;
const labelPrefix = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

function isLabelKey(key: string): boolean {
  const slash = key.indexOf('/');
  if (slash === -1) return labelName.test(key);
  const prefix = key.slice(0, slash);
  return prefix.length <= 253 && labelPrefix.test(prefix) && labelName.test(key.slice(slash + 1));
}

// An object may carry any key, "constructor" too: only its own properties count.
function valueOf(labels: StringMap, key: string): unknown {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}
