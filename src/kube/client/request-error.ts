import { isObject } from '../../core/json.ts';
import { KubeError } from './api.ts';
import type { Resource } from './resources.ts';
import { safeRefusal } from './secret-refusal.ts';

/** What was asked for, as an error says it. */
export interface Intent {
  readonly verb: 'get' | 'list' | 'create' | 'replace' | 'apply' | 'delete' | 'watch';
  readonly resource: Resource;
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
}

const maxText = 1000;

/** The error that an answer is, from the Status object that the server sent or whatever it sent instead. */
export function statusError(intent: Intent, status: number, body: unknown): KubeError {
  const sent = isObject(body) && body['kind'] === 'Status' ? body : {};
  const reason = typeof sent['reason'] === 'string' ? sent['reason'] : '';
  const head = `${describe(intent)}: ${[String(status), reason].filter(Boolean).join(' ')}`;
  const sentText = typeof sent['message'] === 'string' ? sent['message'] : '';
  // An admission webhook or a check of fields may quote what was in the object.
  const text = intent.resource.kind === 'Secret' ? (safeRefusal(sentText) ?? '') : sentText;
  const message = text === '' ? head : `${head}: ${oneLine(text)}`;
  return new KubeError(status, reason, message);
}

/** The error of a request that got no usable answer. */
export function noAnswer(
  intent: Intent,
  reason: string,
  text: string,
  options?: ErrorOptions,
): KubeError {
  return new KubeError(0, reason, `${describe(intent)}: ${oneLine(text)}`, options);
}

function describe({ verb, resource, name, namespace }: Intent): string {
  if (name === undefined || name === '') {
    const scope = namespace === undefined ? '' : ` in namespace ${namespace}`;
    return `cannot ${verb} ${resource.plural}${scope}`;
  }
  const path = namespace === undefined ? name : `${namespace}/${name}`;
  return `cannot ${verb} ${resource.kind} ${path}`;
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > maxText ? `${line.slice(0, maxText)}...` : line;
}
