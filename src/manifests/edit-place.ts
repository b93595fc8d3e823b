import { type Document, isAlias, isCollection, type ParsedNode } from 'yaml';
import { type Collection, childOf } from './yaml-nodes.ts';

/** A text that holds one document, and the document. */
export interface Source {
  readonly text: string;
  readonly yaml: Document.Parsed;
  readonly isJson: boolean;
}

/** A map or list to edit, and the ones around it. */
export interface Place extends Source {
  readonly holder: Collection;
  /** From the root to the holder itself. */
  readonly holders: readonly [Collection, ...Collection[]];
}

/** Follows the keys of a JSON pointer from the root to the map or list that they lead to. */
export function findPlace(source: Source, keys: readonly string[]): Place | 'aliased' | undefined {
  const root: ParsedNode | null = source.yaml.contents;
  if (!isCollection(root)) return undefined;
  let place: Place = { ...source, holder: root, holders: [root] };
  for (const key of keys) {
    const child = childOf(place.holder, key);
    if (isAlias(child)) return 'aliased';
    if (!isCollection(child)) return undefined;
    place = enter(place, child);
  }
  return place;
}

/** A place one step further in. */
export function enter(place: Place, holder: Collection): Place {
  return { ...place, holder, holders: [...place.holders, holder] };
}
