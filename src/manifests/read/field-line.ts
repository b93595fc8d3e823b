import { isMap, isScalar, isSeq } from 'yaml';
import type { ManifestDocument } from './documents.ts';

/**
 * The line of the text, from 1, where a field such as `spec.inject.env[0].name` stands; of a field that is not there,
 * the line of what should hold it.
 */
export function fieldLine(
  text: string,
  { yaml, start, line }: ManifestDocument,
  path: string,
): number {
  let place: Place = { node: yaml.contents };
  for (const segment of segmentsOf(path)) {
    const next = step(place.node, segment);
    if (!next) break;
    place = next;
  }
  return place.offset === undefined ? line : text.slice(0, start + place.offset).split('\n').length;
}

interface Place {
  readonly node: unknown;
  readonly offset?: number;
}

function segmentsOf(path: string): string[] {
  return [...path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|([^.[\]]+)/g)].map(
    ([, quoted, plain]) => quoted ?? plain!,
  );
}

function step(node: unknown, segment: string): Place | undefined {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === segment);
    const key = pair?.key;
    return pair && isScalar(key) && key.range
      ? { node: pair.value, offset: key.range[0] }
      : undefined;
  }
  if (!isSeq(node)) return undefined;
  const item = node.items[Number(segment)] as { range?: readonly number[] | null } | undefined;
  const offset = item?.range?.[0];
  return offset === undefined ? undefined : { node: item, offset };
}
