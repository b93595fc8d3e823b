import { isObject } from '../../src/core/json.ts';
import type { KubeObject, Selection } from '../../src/kube/client/api.ts';

/** Whether an object is one of a selection; throws for a selector that it does not understand. */
export function isSelected(object: KubeObject, selection: Selection): boolean {
  const { namespace, labelSelector = '', fieldSelector = '' } = selection;
  if (namespace !== undefined && object.metadata.namespace !== namespace) return false;
  const labels = object.metadata.labels ?? {};
  return (
    terms(labelSelector).every((term) => matches(term, (key) => labels[key])) &&
    terms(fieldSelector).every((term) => matches(term, (path) => fieldOf(object, path) ?? ''))
  );
}

/** Splits at the commas outside of parentheses. */
function terms(selector: string): string[] {
  return selector
    .split(/,(?![^(]*\))/)
    .map((term) => term.trim())
    .filter((term) => term !== '');
}

function matches(term: string, read: (key: string) => string | undefined): boolean {
  const set = /^(\S+) (in|notin) \(([^)]*)\)$/.exec(term);
  if (set) {
    const [, key = '', operator, list = ''] = set;
    const values = list.split(',').map((value) => value.trim());
    const value = read(key);
    const isIn = value !== undefined && values.includes(value);
    return operator === 'in' ? isIn : !isIn;
  }
  const pair = /^([^=!\s]+)\s*(==|=|!=)\s*(\S*)$/.exec(term);
  if (pair) {
    const [, key = '', operator, value] = pair;
    return (read(key) === value) === (operator !== '!=');
  }
  const existence = /^(!?)([^=!\s]+)$/.exec(term);
  if (existence) return (read(existence[2] ?? '') === undefined) === (existence[1] === '!');
  throw new Error(`the fake API does not understand the selector ${term}`);
}

function fieldOf(object: KubeObject, path: string): string | undefined {
  const value = path
    .split('.')
    .reduce<unknown>((parent, key) => (isObject(parent) ? parent[key] : undefined), object);
  return typeof value === 'string' ? value : undefined;
}
