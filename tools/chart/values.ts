import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Pair, isMap, isScalar, parseDocument } from 'yaml';

/** A value of the chart as values.yaml has it. */
export interface ChartValue {
  /** As in `webhook.replicas`. */
  readonly path: string;
  readonly default: unknown;
  /** What the comment above it says, in one line. */
  readonly description: string;
}

/** A key of values.yaml that neither has a comment nor holds keys that have. */
class ValueWithoutComment extends Error {
  override readonly name = 'ValueWithoutComment';
}

/** Every value of the chart in the order of its file; throws ValueWithoutComment. */
export function chartValues(root: string): ChartValue[] {
  return readValues(readFileSync(join(root, 'chart/values.yaml'), 'utf8'));
}

/** The values of the text of a values.yaml: keys with a comment that begins with "--". */
export function readValues(text: string): ChartValue[] {
  return valuesIn(parseDocument(text).contents, '', '');
}

function valuesIn(node: unknown, path: string, commentOfMap: string): ChartValue[] {
  if (!isMap(node) || node.items.length === 0)
    throw new ValueWithoutComment(`${path} has no comment that begins with "--"`);
  return node.items.flatMap((pair, index) => {
    const at = path === '' ? keyOf(pair) : `${path}.${keyOf(pair)}`;
    // The comment above the first key of a map belongs to the map itself.
    const comment = commentOf(pair.key) || (index === 0 ? commentOf(node) || commentOfMap : '');
    const description = descriptionIn(comment);
    if (description === undefined) return valuesIn(pair.value, at, commentOf(pair.value));
    return [{ path: at, default: plain(pair.value), description }];
  });
}

function keyOf({ key }: Pair): string {
  return isScalar(key) ? String(key.value) : String(key);
}

function commentOf(node: unknown): string {
  return (node as { commentBefore?: string | null } | null)?.commentBefore ?? '';
}

function descriptionIn(comment: string): string | undefined {
  const lines = comment.split('\n').map((line) => line.trim());
  const start = lines.findLastIndex((line) => line.startsWith('-- '));
  return start < 0 ? undefined : lines.slice(start).join(' ').slice('-- '.length);
}

function plain(node: unknown): unknown {
  return (node as { toJSON?: () => unknown } | null)?.toJSON?.() ?? null;
}
