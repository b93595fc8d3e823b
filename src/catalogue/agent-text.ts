import type { Operation } from '../core/injection/operation.ts';
import { type Json, isObject, readList } from '../core/json.ts';
import { editDocument } from '../manifests/edit/edit-document.ts';
import type { CatalogueAgent } from './catalogue.ts';

/** What a user names otherwise than the catalogue does. */
export interface PolicyChoices {
  readonly name?: string;
  readonly secret?: string;
  readonly key?: string;
  /** The only namespace whose pods get the token. */
  readonly namespace?: string;
}

/** The keys of a Secret that a policy names, each once. */
export function keysOf(policy: unknown): string[] {
  return [...new Set(keyPlaces(policy).map(({ key }) => key))];
}

/** The file of an agent, adapted, and with what the user chose: in its policy, and in the commands of its comment. */
export function agentText(
  { text, policy }: CatalogueAgent,
  choices: PolicyChoices,
  adaptation: readonly Operation[] = [],
): string {
  const lines = text.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('#'));
  const comment = lines.slice(0, end).map((line) => nameInCommand(line, policy, choices));
  const document = { text: lines.slice(end).join('\n'), object: policy };
  const operations = [...adaptation, ...operationsFor(policy, choices)];
  const printed = operations.length > 0 ? editDocument(document, operations) : document.text;
  return `${comment.join('\n')}\n${printed}`;
}

function operationsFor(policy: unknown, choices: PolicyChoices): Operation[] {
  const { name, secret, key, namespace } = choices;
  const operations: Operation[] = [];
  const set = (path: string, value: unknown, op: Operation['op'] = 'replace') =>
    operations.push({ op, path, value });
  if (name !== undefined && name !== childOf(policy, 'metadata').name) set('/metadata/name', name);
  if (secret !== undefined) set('/spec/secret/name', secret);
  if (key !== undefined) for (const { path } of keyPlaces(policy)) set(path, key);
  if (namespace !== undefined) {
    set('/spec/match/namespaces', [namespace], 'add');
  }
  return operations;
}

function keyPlaces(policy: unknown): { readonly path: string; readonly key: string }[] {
  const inject = childOf(childOf(policy, 'spec'), 'inject');
  const listed = (list: unknown, path: string) =>
    readList(list).map((entry, index) => ({ entry, path: `${path}/${index}` }));
  return [
    ...listed(inject.env, '/spec/inject/env'),
    ...listed(inject.files, '/spec/inject/files').flatMap(({ entry, path }) =>
      listed(childOf({ entry }, 'entry').items, `${path}/items`),
    ),
  ].flatMap(({ entry, path }) => {
    const { key } = childOf({ entry }, 'entry');
    return typeof key === 'string' ? [{ path: `${path}/key`, key }] : [];
  });
}

function childOf(object: unknown, key: string): Json {
  const child = isObject(object) ? object[key] : undefined;
  return isObject(child) ? child : {};
}

// Only where a command or a chart value names them: what a chart renders stays true.
function nameInCommand(line: string, policy: unknown, choices: PolicyChoices): string {
  const { name, secret, key, namespace } = choices;
  const { name: oldName } = childOf(policy, 'metadata');
  const { name: oldSecret } = childOf(childOf(policy, 'spec'), 'secret');
  let named = line;
  // The annotation that asks for a policy names it.
  if (name !== undefined) named = named.replace(`"${String(oldName)}"`, () => `"${name}"`);
  if (secret !== undefined) {
    const place = `(?<=secret (?:generic )?|^# Set: .*=)${String(oldSecret)}(?![-\\w]|\\.\\w)`;
    named = named.replace(new RegExp(place), () => secret);
  }
  if (key !== undefined) named = named.replace(/(--from-(?:file|literal))=[^=]+=/, `$1=${key}=`);
  if (namespace !== undefined) named = named.replace(/kubectl -n \S+/, `kubectl -n ${namespace}`);
  return named;
}
