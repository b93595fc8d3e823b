import { fillTemplate, templateKeys } from '../policy/template.ts';
import type { Delivery } from './delivery.ts';
import type { DeliveryProblem } from './reasons.ts';

/** The Secret that a policy delivers, as text. */
export interface SourceText {
  readonly name: string;
  readonly keys: readonly string[];
  /** The text of a key that is there; undefined where its bytes are no UTF-8. */
  readonly text: (key: string) => string | undefined;
}

const maxLength = 1024 * 1024;

/** The texts of the keys that a template makes, or why it cannot. */
export function templateTexts(
  { source: { namespace } }: Pick<Delivery, 'source'>,
  template: NonNullable<Delivery['template']>,
  { name, keys, text }: SourceText,
): ReadonlyMap<string, string> | DeliveryProblem {
  const needed = [...new Set(Object.values(template).flatMap(templateKeys))];
  const home = `Secret ${name} in namespace ${namespace}`;
  const missing = needed.filter((key) => !keys.includes(key));
  if (missing.length > 0)
    return {
      reason: 'SourceKeyMissing',
      message: `${home} has no key ${missing.join(', ')}, which secret.template needs; what was delivered before stays`,
    };
  const texts = new Map(needed.map((key) => [key, text(key)]));
  const binary = needed.filter((key) => texts.get(key) === undefined);
  if (binary.length > 0)
    return {
      reason: 'TemplateInvalid',
      message: `${home} holds in ${binary.join(', ')} bytes that are no UTF-8 text, so secret.template cannot hold them; what was delivered before stays`,
    };
  if (lengthOf(template, texts) > maxLength)
    return {
      reason: 'TemplateInvalid',
      message: `secret.template makes more of ${home} than the 1 MiB that a Secret may hold; what was delivered before stays`,
    };
  return new Map(
    Object.entries(template).map(([key, form]) => [
      key,
      fillTemplate(form, (needs) => texts.get(needs) ?? ''),
    ]),
  );
}

/** How long all would be together, in characters, found without making it. */
function lengthOf(
  template: NonNullable<Delivery['template']>,
  texts: ReadonlyMap<string, string | undefined>,
): number {
  let length = 0;
  for (const form of Object.values(template)) {
    const rest = fillTemplate(form, (key) => {
      length += texts.get(key)?.length ?? 0;
      return '';
    });
    length += rest.length;
  }
  return length;
}
