import { type Json, isObject } from '../core/json.ts';

/**
 * How an object of the cluster differs from what we want of it: `none`, `additions` (somebody else's labels, entries
 * or selector requirements beside ours), or `changed` (what we want is not there).
 */
export type Drift = 'none' | 'additions' | 'changed';

/** Compares plain JSON. Fields that we do not set are the API server's defaults or somebody else's affair. */
export function driftOf(live: unknown, wanted: unknown): Drift {
  if (Array.isArray(wanted)) return Array.isArray(live) ? listDrift(live, wanted) : 'changed';
  if (!isObject(wanted)) return live === wanted ? 'none' : 'changed';
  if (!isObject(live)) return Object.keys(wanted).length === 0 ? 'none' : 'changed';
  return worst(
    Object.entries(wanted).map(([field, value]) =>
      isSelector(field) ? selectorDrift(live[field], value) : driftOf(live[field], value),
    ),
  );
}

// Entries with a name are found by it, as server-side apply does; order counts among ours.
function listDrift(live: readonly unknown[], wanted: readonly unknown[]): Drift {
  if (!wanted.some(isNamed)) {
    return live.length === wanted.length
      ? worst(wanted.map((item, index) => driftOf(live[index], item)))
      : 'changed';
  }
  const names = wanted.filter(isNamed).map(({ name }) => name);
  const found = live.filter(isNamed).filter(({ name }) => names.includes(name));
  if (found.map(({ name }) => name).join() !== names.join()) return 'changed';
  const drift = worst(wanted.map((item, index) => driftOf(found[index], item)));
  return drift === 'none' && live.length > wanted.length ? 'additions' : drift;
}

function isSelector(field: string): boolean {
  return field === 'namespaceSelector' || field === 'objectSelector';
}

// What clouds' admission enforcers add is further requirements.
function selectorDrift(live: unknown, wanted: unknown): Drift {
  const have = requirements(live);
  const want = requirements(wanted);
  if (!want.every((requirement) => have.includes(requirement))) return 'changed';
  return have.length > want.length ? 'additions' : 'none';
}

function requirements(selector: unknown): string[] {
  const { matchLabels = {}, matchExpressions = [] } = isObject(selector) ? selector : {};
  const labels = isObject(matchLabels) ? Object.entries(matchLabels) : [];
  const expressions = Array.isArray(matchExpressions) ? matchExpressions : [];
  return [...labels.map((entry) => JSON.stringify(entry)), ...expressions.map(canonical)];
}

function canonical(requirement: unknown): string {
  const { key, operator, values = [] } = isObject(requirement) ? requirement : {};
  return JSON.stringify({ key, operator, values });
}

function isNamed(item: unknown): item is Json & { readonly name: string } {
  return isObject(item) && typeof item.name === 'string';
}

const order: readonly Drift[] = ['none', 'additions', 'changed'];

function worst(drifts: readonly Drift[]): Drift {
  return order[Math.max(0, ...drifts.map((drift) => order.indexOf(drift)))]!;
}
