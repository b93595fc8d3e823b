import { isObject } from '../../core/json.ts';

/** An object of a document, and where it is in it. */
export interface ListedObject {
  readonly object: unknown;
  /** JSON pointer: empty where the document is the object, `/items/0` for the first of a list. */
  readonly pointer: string;
}

/** The objects of a document: those of a list, of a list in a list too, else the document itself. */
export function* listedObjects(object: unknown, pointer = ''): Generator<ListedObject> {
  if (!isObject(object) || !isListKind(object.kind) || !Array.isArray(object.items)) {
    yield { object, pointer };
    return;
  }
  for (const [index, item] of object.items.entries())
    yield* listedObjects(
      nameKind(item, object.apiVersion, object.kind),
      `${pointer}/items/${index}`,
    );
}

/** The kind of an object, for people; what stands there may be anything. */
export function kindText(object: unknown): string {
  const kind = isObject(object) ? object.kind : undefined;
  return typeof kind === 'string' && /^[A-Z]\w{0,62}$/i.test(kind) ? kind : 'no kind';
}

function isListKind(kind: unknown): kind is string {
  return typeof kind === 'string' && kind.endsWith('List');
}

// The items of a typed list, as the API server gives it, do not say their kind.
function nameKind(item: unknown, apiVersion: unknown, listKind: string): unknown {
  if (!isObject(item) || item.kind !== undefined || listKind === 'List') return item;
  return { ...item, apiVersion, kind: listKind.slice(0, -'List'.length) };
}
