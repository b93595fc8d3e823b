import { type Json, isObject } from '../../core/json.ts';
import { requirementText, requirementsOf } from '../../core/policy/label-selector.ts';
import type { LabelSelector } from '../../core/policy/schema.ts';

/**
 * How an object of the cluster differs from what we want of it, the worst last: `none`; `selectors`, further
 * requirements in its selectors; `additions`, fields or entries that we do not set; `changes`, something that we set is
 * otherwise.
 */
export type Drift = 'none' | 'selectors' | 'additions' | 'changes';

/**
 * Compares plain JSON that says every field which the API server would else fill in. Of metadata only what we set
 * counts, and `status` not at all.
 */
export function driftOf(live: Json, { metadata, ...wanted }: Json): Drift {
  const { metadata: liveMetadata, status: _, ...content } = live;
  return worst([
    holdsMetadata(liveMetadata, metadata) ? 'none' : 'changes',
    valueDrift(content, wanted),
  ]);
}

/** Whether an object's metadata has all that is wanted of it. */
export function holdsMetadata(live: unknown, wanted: unknown): boolean {
  return ['none', 'additions'].includes(valueDrift(live, wanted));
}

function valueDrift(live: unknown, wanted: unknown): Drift {
  if (Array.isArray(wanted)) return Array.isArray(live) ? listDrift(live, wanted) : 'changes';
  if (!isObject(wanted)) return live === wanted ? 'none' : 'changes';
  if (!isObject(live)) return isEmpty(wanted) && live === undefined ? 'none' : 'changes';
  const others = Object.keys(live).filter((field) => !(field in wanted) && !isEmpty(live[field]));
  return worst([
    others.length > 0 ? 'additions' : 'none',
    ...Object.entries(wanted).map(([field, value]) =>
      isSelector(field) ? selectorDrift(live[field], value) : valueDrift(live[field], value),
    ),
  ]);
}

// Entries with a name are found by it, as server-side apply does; order counts among ours.
function listDrift(live: readonly unknown[], wanted: readonly unknown[]): Drift {
  const longer = live.length > wanted.length ? 'additions' : 'none';
  if (!wanted.some(isNamed)) {
    const drift = worst(wanted.map((item, index) => valueDrift(live[index], item)));
    return worst([drift, longer === 'none' ? 'none' : 'changes']);
  }
  const names = wanted.filter(isNamed).map(({ name }) => name);
  const found = live.filter(isNamed).filter(({ name }) => names.includes(name));
  if (found.map(({ name }) => name).join() !== names.join()) return 'changes';
  return worst([longer, ...wanted.map((item, index) => valueDrift(found[index], item))]);
}

function isSelector(field: string): boolean {
  return field === 'namespaceSelector' || field === 'objectSelector';
}

// What clouds' admission enforcers add is further requirements.
function selectorDrift(live: unknown, wanted: unknown): Drift {
  const have = requirements(live);
  const want = requirements(wanted);
  if (!want.every((requirement) => have.includes(requirement))) return 'changes';
  return have.length > want.length ? 'selectors' : 'none';
}

function requirements(selector: unknown): string[] {
  // The API server lets nothing else stand there than a selector.
  return isObject(selector) ? requirementsOf(selector as LabelSelector).map(requirementText) : [];
}

function isNamed(item: unknown): item is Json & { readonly name: string } {
  return isObject(item) && typeof item.name === 'string';
}

// The API server may say nothing or an empty value where there is nothing.
function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && (value === null || Object.keys(value).length === 0);
}

const order: readonly Drift[] = ['none', 'selectors', 'additions', 'changes'];

function worst(drifts: readonly Drift[]): Drift {
  return order[Math.max(0, ...drifts.map((drift) => order.indexOf(drift)))]!;
}
