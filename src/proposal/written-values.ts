import { isObject } from '../core/json.ts';
import { kindText } from '../manifests/read/listed-objects.ts';
import { isTokenName, mayBeToken } from './token-names.ts';

/** A Secret or ConfigMap that the manifests make; its values are never kept. */
export interface WrittenValues {
  readonly kind: 'Secret' | 'ConfigMap';
  readonly name: string;
  readonly keys: readonly string[];
  /** The keys with a value that may be a token: in a ConfigMap, those that have the name of one. */
  readonly tokens: readonly string[];
}

/** What an object that is a Secret or a ConfigMap holds. */
export function writtenValues(object: unknown): WrittenValues | undefined {
  const kind = kindText(object);
  if (!isObject(object) || (kind !== 'Secret' && kind !== 'ConfigMap')) return undefined;
  const { metadata, data, stringData } = object;
  const name = isObject(metadata) ? metadata.name : undefined;
  if (typeof name !== 'string') return undefined;
  const decoded = kind === 'Secret' ? decode(data) : data;
  const values = Object.entries({
    ...(isObject(decoded) ? decoded : {}),
    ...(isObject(stringData) ? stringData : {}),
  });
  const isToken = ([key, value]: [string, unknown]) =>
    typeof value === 'string' &&
    (kind === 'Secret'
      ? value !== '' && !lacksItsToken(value)
      : isTokenName(key) && mayBeToken(value));
  return {
    kind,
    name,
    keys: values.map(([key]) => key),
    tokens: values.filter(isToken).map(([key]) => key),
  };
}

function decode(data: unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(isObject(data) ? data : {}).map(([key, value]) => [key, fromBase64(value)]),
  );
}

function fromBase64(value: unknown): unknown {
  try {
    return typeof value === 'string' ? atob(value) : value;
  } catch {
    return value;
  }
}

/** Whether a file of settings has places for tokens, and all of them are empty, as `apiToken: ""` is. */
function lacksItsToken(text: string): boolean {
  const settings = [...text.matchAll(/^[ \t]*([\w.-]+)[ \t]*[:=](.*)$/gm)];
  const tokens = settings.filter(([, name = '']) => isTokenName(name));
  return tokens.length > 0 && tokens.every(([, , value = '']) => /^(""|'')$/.test(value.trim()));
}
