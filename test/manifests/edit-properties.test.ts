import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { Document, type ToStringOptions, isCollection, isScalar, visit } from 'yaml';
import type { Operation } from '../../src/core/injection/operation.ts';
import { applyOperations } from '../../src/manifests/edit/apply-operations.ts';
import { readDocuments } from '../../src/manifests/read/documents.ts';
import { findPodTemplates } from '../../src/manifests/read/pod-templates.ts';
import { add, edited, entry, linesLostIn, replace } from './edited.ts';

const text = fc.oneof(
  fc.constantFrom('yes', '0644', 'a: b', '# x', '- x', '', 'two\nlines\n', '\n', ' x ', '*a', '<<'),
  fc.constantFrom('---', '{', "it's", '"q"', 'a, b', 'word '.repeat(20), '\u2028', '😀', 'null'),
  fc.string({ maxLength: 8 }),
);
const key = text.filter((name) => !['__proto__', 'constructor', 'prototype'].includes(name));
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    text,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 3 }),
  ),
}));

const layout = fc.record({
  indent: fc.integer({ min: 1, max: 6 }),
  indentSeq: fc.boolean(),
  lineWidth: fc.constantFrom(0, 20, 80),
  singleQuote: fc.boolean(),
  flowCollectionPadding: fc.boolean(),
});
// Each node draws its comment, empty line or brackets from one of these.
const dice = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 20, maxLength: 20 });

function render(
  object: unknown,
  options: ToStringOptions,
  throws: readonly number[],
  brackets: boolean,
): string {
  const document = new Document(object);
  let at = 0;
  visit(document, {
    Node(place, node) {
      const thrown = throws[at++ % throws.length];
      if (place === 'key') return;
      if (isScalar(node) && thrown === 0) node.comment = ' behind';
      if (!isCollection(node)) return;
      if (thrown === 1) node.commentBefore = ' above';
      if (thrown === 2) node.spaceBefore = true;
      if (brackets && thrown === 3) node.flow = true;
    },
  });
  return document.toString(options);
}

const container = fc.record(
  {
    name: text,
    image: text,
    args: fc.array(text, { minLength: 1, maxLength: 3 }),
    env: fc.array(fc.record({ name: text, value: text }), { minLength: 1, maxLength: 3 }),
    resources: fc.constant({ limits: { cpu: 1 } }),
  },
  { requiredKeys: ['name'] },
);
const pod = fc.record({
  apiVersion: fc.constant('v1'),
  kind: fc.constant('Pod'),
  metadata: fc.record({ name: fc.constant('a'), labels: fc.dictionary(key, text, { maxKeys: 2 }) }),
  spec: fc.record(
    {
      containers: fc.array(container, { minLength: 1, maxLength: 3 }),
      volumes: fc.array(fc.record({ name: text }), { minLength: 1, maxLength: 2 }),
      serviceAccountName: text,
    },
    { requiredKeys: ['containers'] },
  ),
});

/** What injecting an env entry and a volume comes to. */
function inject(object: unknown): Operation[] {
  const operations: Operation[] = [];
  for (const { pod: template, pointer } of findPodTemplates(object)) {
    const spec = template.spec as { containers: { env?: unknown }[]; volumes?: unknown };
    for (const [index, { env }] of spec.containers.entries()) {
      const path = `${pointer}/spec/containers/${index}`;
      operations.push(env ? add(`${path}/env/0`, entry) : add(`${path}/env`, [entry]));
      operations.push(add(`${path}/volumeMounts`, [{ name: 'v', mountPath: '/token' }]));
    }
    const volume = { name: 'v', secret: { secretName: 's' } };
    const path = `${pointer}/spec/volumes`;
    operations.push(spec.volumes ? add(`${path}/-`, volume) : add(path, [volume]));
  }
  return operations;
}

it('injecting into any pod says what the operations say, and changes no line that was there', () => {
  fc.assert(
    fc.property(
      pod,
      layout,
      dice,
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
      (object, options, throws, eol, isOpen) => {
        const written = render(object, options, throws, false).replaceAll('\n', eol);
        const before = isOpen ? written.replace(/\r?\n$/, '') : written;
        fc.pre(readDocuments(before).problems.length === 0);
        const after = edited(before, ...inject(readDocuments(before).documents[0]!.object));
        expect(linesLostIn(after, edited(before)).filter((line) => line !== '')).toEqual([]);
        expect(after.endsWith('\n')).toBe(before.endsWith('\n'));
        if (eol === '\r\n') expect(after).not.toMatch(/[^\r]\n/);
      },
    ),
    { numRuns: 300 },
  );
});

it('what is printed for no operations stays as it is when it is printed again', () => {
  fc.assert(
    fc.property(pod, layout, dice, (object, options, throws) => {
      const before = render(object, options, throws, true);
      fc.pre(readDocuments(before).problems.length === 0);
      expect(edited(edited(before))).toBe(edited(before));
    }),
    { numRuns: 100 },
  );
});

it('any operations on any document say what they say of the object', () => {
  const steps = fc.array(fc.record({ way: dice, value }), { minLength: 1, maxLength: 5 });
  const form = fc.constantFrom('yaml', 'shared', '', '  ', '\t');
  fc.assert(
    fc.property(
      fc.dictionary(key, value, { minKeys: 1, maxKeys: 4 }),
      layout,
      dice,
      form,
      steps,
      (object, options, throws, style, changes) => {
        const shared = { ...object, one: Object.values(object)[0], two: Object.values(object) };
        const before =
          style.trim() === ''
            ? JSON.stringify(object, undefined, style)
            : render(style === 'shared' ? shared : object, options, throws, true);
        const { documents, problems } = readDocuments(before);
        fc.pre(problems.length === 0);
        let now = documents[0]!.object;
        const operations = changes.map((change) => {
          const operation = pickOperation(now, change.way, change.value);
          now = applyOperations(now, [operation]);
          return operation;
        });
        edited(before, ...operations);
      },
    ),
    { numRuns: 1000 },
  );
});

/** Goes down an object as the dice say, and changes what it comes to. */
function pickOperation(object: unknown, throws: readonly number[], added: unknown): Operation {
  let holder = object as Record<string, unknown>;
  let path = '';
  for (const thrown of throws) {
    const inner = Object.keys(holder).filter((name) => isHolder(holder[name]));
    const name = inner[thrown];
    if (name === undefined) break;
    path += `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    holder = holder[name] as Record<string, unknown>;
  }
  const [first = 0, second = 0] = throws.toReversed();
  const names = Object.keys(holder);
  const name = names[second];
  if (Array.isArray(holder)) {
    if (name !== undefined)
      return first < 5 ? add(`${path}/${name}`, added) : replace(`${path}/${name}`, added);
    return add(first < 5 ? `${path}/-` : `${path}/${names.length}`, added);
  }
  if (name === undefined) return add(`${path}/new~1${first}`, added);
  const old = `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  return first < 5 ? add(old, added) : replace(old, added);
}

function isHolder(item: unknown): boolean {
  return typeof item === 'object' && item !== null;
}
