import { isObject } from '../json.ts';
import { type Requirement, requirementText, requirementsOf } from '../policy/label-selector.ts';
import type { LabelSelector } from '../policy/schema.ts';

/** The two selectors of a webhook entry, or of a ValidatingAdmissionPolicy. */
export interface Selectors {
  readonly namespaceSelector: LabelSelector;
  readonly objectSelector: LabelSelector;
}

/** What others have added to the selectors of an entry, as the admission enforcers of some clouds do. */
export type Narrowing = Readonly<Record<keyof Selectors, readonly Requirement[]>>;

/** What the live entry's selectors want beyond ours; undefined where that is nothing. */
export function narrowingOf(live: unknown, wanted: Selectors): Narrowing | undefined {
  const narrowing = {
    namespaceSelector: added(live, wanted, 'namespaceSelector'),
    objectSelector: added(live, wanted, 'objectSelector'),
  };
  return Object.values(narrowing).some(({ length }) => length > 0) ? narrowing : undefined;
}

function added(live: unknown, wanted: Selectors, field: keyof Selectors): readonly Requirement[] {
  const selector = isObject(live) && isObject(live[field]) ? live[field] : {};
  const ours = new Set(requirementsOf(wanted[field]).map(requirementText));
  // The API server lets nothing else stand there than a selector.
  return requirementsOf(selector as LabelSelector).filter((one) => !ours.has(requirementText(one)));
}

/** The selectors with what others have added, as the API server judges pods by them. */
export function narrow(selectors: Selectors, narrowing: Narrowing | undefined): Selectors {
  const join = (field: keyof Selectors): LabelSelector => {
    const more = narrowing?.[field] ?? [];
    const { matchExpressions = [], ...labels } = selectors[field];
    return more.length === 0
      ? selectors[field]
      : { ...labels, matchExpressions: [...matchExpressions, ...more] };
  };
  return {
    namespaceSelector: join('namespaceSelector'),
    objectSelector: join('objectSelector'),
  };
}

/** What was added, such as `namespaceSelector: !control-plane`. */
export function narrowingText(narrowing: Narrowing): string {
  return Object.entries(narrowing)
    .filter(([, requirements]) => requirements.length > 0)
    .map(([field, requirements]) => `${field}: ${requirements.map(requirementText).join(', ')}`)
    .join('; ');
}
