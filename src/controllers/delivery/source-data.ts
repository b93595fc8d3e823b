import type { Delivery } from '../../core/delivery/delivery.ts';
import type { DeliveryProblem } from '../../core/delivery/reasons.ts';
import { templateTexts } from '../../core/delivery/wanted-data.ts';
import { isObject } from '../../core/json.ts';
import type { KubeObject } from '../../kube/client/api.ts';

/** The data of the copies (base64), made from the Secret that a policy delivers, or why it cannot be made. */
export function sourceData(
  delivery: Delivery,
  { metadata, data }: KubeObject,
): ReadonlyMap<string, string> | DeliveryProblem {
  const values = new Map(
    Object.entries(isObject(data) ? data : {}).map(([key, value]) => [key, String(value)]),
  );
  const { template } = delivery;
  if (!template) return values;
  const texts = templateTexts(delivery, template, {
    name: metadata.name,
    keys: [...values.keys()],
    text: (key) => decodeText(values.get(key) ?? ''),
  });
  return texts instanceof Map
    ? new Map([...texts].map(([key, text]) => [key, encodeText(text)]))
    : texts;
}

/** Undefined where the bytes are no UTF-8. */
function decodeText(base64: string): string | undefined {
  const bytes = Buffer.from(base64, 'base64');
  try {
    // A byte order mark is a part of the value like any other.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function encodeText(text: string): string {
  return Buffer.from(text).toString('base64');
}
