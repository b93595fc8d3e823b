import { isObject } from '../json.ts';
import { type Requirement, requirementText, requirementsOf } from '../policy/label-selector.ts';
import type { LabelSelector } from '../policy/schema.ts';

/** The two selectors of a webhook entry, or of a ValidatingAdmissionPolicy. */
export interface Selectors {
  readonly namespaceSelector: LabelSelector;
  readonly objectSelector: LabelSelector;
}

/** What others have added to the selectors of an entry, as the admission enforcers of some clouds do. */
export type AddedRequirements = Readonly<Record<keyof Selectors, readonly Requirement[]>>;

/** What the live entry's selectors require beyond ours; undefined where that is nothing. */
export function findAddedRequirements(
  live: unknown,
  wanted: Selectors,
): AddedRequirements | undefined {
  const added = {
    namespaceSelector: addedTo('namespaceSelector', live, wanted),
    objectSelector: addedTo('objectSelector', live, wanted),
  };
  return Object.values(added).some(({ length }) => length > 0) ? added : undefined;
}

function addedTo(field: keyof Selectors, live: unknown, wanted: Selectors): readonly Requirement[] {
  const selector = isObject(live) && isObject(live[field]) ? live[field] : {};
  const ours = new Set(requirementsOf(wanted[field]).map(requirementText));
  // The API server lets nothing else stand there than a selector.
  return requirementsOf(selector as LabelSelector).filter((one) => !ours.has(requirementText(one)));
}

/** The selectors with what others have added, as the API server judges pods by them. */
export function withAddedRequirements(
  selectors: Selectors,
  added: AddedRequirements | undefined,
): Selectors {
  const join = (field: keyof Selectors): LabelSelector => {
    const more = added?.[field] ?? [];
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
export function addedRequirementsText(added: AddedRequirements): string {
  return Object.entries(added)
    .filter(([, requirements]) => requirements.length > 0)
    .map(([field, requirements]) => `${field}: ${requirements.map(requirementText).join(', ')}`)
    .join('; ');
}
