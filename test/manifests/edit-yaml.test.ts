import { describe, expect, it } from 'vitest';
import { editDocument } from '../../src/manifests/edit/edit-document.ts';
import { add, edited, entry, linesLostIn, replace } from './edited.ts';

describe('adding a key to a map', () => {
  it('writes it at the end, in the indentation of the document', () => {
    expect(
      edited(
        `spec:
  containers:
  # the main one
  - name: "main"   # quoted
    args:
    - a
    # - b
  - image: x
    name: second
`,
        add('/spec/containers/0/env', [entry]),
        add('/spec/containers/1/env', [entry]),
      ),
    ).toBe(`spec:
  containers:
  # the main one
  - name: "main" # quoted
    args:
    - a
    # - b
    env:
    - name: TOKEN
      valueFrom:
        secretKeyRef:
          name: agent
          key: token
  - image: x
    name: second
    env:
    - name: TOKEN
      valueFrom:
        secretKeyRef:
          name: agent
          key: token
`);
  });

  it('knows wide indentation', () => {
    expect(edited('a:\n    map:\n        b: 1\n', add('/a/map/c', { d: [1] }))).toBe(
      'a:\n    map:\n        b: 1\n        c:\n            d:\n                - 1\n',
    );
  });

  it('needs no line break at the end of the file and adds none', () => {
    expect(edited('a: 1 # c', add('/b', { c: [1] }))).toBe('a: 1 # c\nb:\n  c:\n    - 1');
  });

  it('fills what is null or empty and loses no comment there', () => {
    expect(
      edited(
        'a:\n  b: # none yet\n  c: []   # empty\n  d: {}\n  e: ~\n  g: 1\n',
        add('/a/b', [entry.name]),
        add('/a/c/0', 'x'),
        add('/a/d/new', { z: [] }),
        add('/a/e', null),
      ),
    ).toBe(
      'a:\n  b:\n    # none yet\n    - TOKEN\n  c:\n    - x\n    # empty\n  d:\n    new:\n      z: []\n  e: ~\n  g: 1\n',
    );
  });

  it('quotes what a reader would take for something else', () => {
    const values = ['yes', '0644', '1_000', 'a: b', '', '# x', '<<', '---', 'a, b'];
    expect(edited('a: 1\n', add('/b', values))).toBe(
      'a: 1\nb:\n  - "yes"\n  - "0644"\n  - "1_000"\n  - "a: b"\n  - ""\n  - "# x"\n  - <<\n  - ---\n  - a, b\n',
    );
  });
});

describe('adding an item to a list', () => {
  it('comes before the comments of the item that it precedes', () => {
    const text =
      'env:\n  # Its level.\n  - name: LEVEL # quoted\n  # Its place.\n  - {name: PLACE}\nafter: 1\n';
    expect(edited(text, add('/env/0', { name: 'A' }), add('/env/2', { name: 'B' }))).toBe(
      text
        .replace('  # Its level.', '  - name: A\n  # Its level.')
        .replace('  # Its place.', '  - name: B\n  # Its place.'),
    );
  });

  it('comes last at its length or at a dash', () => {
    expect(edited('env:\n- a\nafter: 1\n', add('/env/-', 'b'), add('/env/2', 'c'))).toBe(
      'env:\n- a\n- b\n- c\nafter: 1\n',
    );
  });

  it('works in a list directly inside a list', () => {
    expect(edited('- - a\n  - b\n- c\n', add('/0/0', 'x'), add('/0/-', 'w'), add('/0', 'z'))).toBe(
      '- z\n- - x\n  - a\n  - b\n  - w\n- c\n',
    );
  });
});

describe('replacing', () => {
  it('touches only the entry that differs, and keeps comments, quotes and brackets', () => {
    const text = `env:
  - name: "TOKEN"
    # from the wiki
    value: abc # TODO
  - {name: TOKEN, value: abc} # short
  - value: |
      abc
    name: TOKEN
`;
    expect(edited(text, ...[0, 1, 2].map((at) => replace(`/env/${at}`, entry)))).toBe(`env:
  - name: "TOKEN"
    # from the wiki
    valueFrom:
      # TODO
      secretKeyRef:
        name: agent
        key: token
  - {name: TOKEN, valueFrom: {secretKeyRef: {name: agent, key: token}}} # short
  - valueFrom:
      secretKeyRef:
        name: agent
        key: token
    name: TOKEN
`);
  });

  it('goes down to the value that differs', () => {
    const text = 'ref:\n  secret:\n    # which\n    name: old # c\n    key: k\n';
    expect(edited(text, replace('/ref', { secret: { name: 'new', key: 'k' } }))).toBe(
      text.replace('old', 'new'),
    );
  });

  it('may replace an item by anything, or the whole document', () => {
    expect(
      edited(
        'a:\n- x # one\n-\n- k: 1\n  l: 2\n- [1]\n- last',
        replace('/a/0', { b: 1, c: 2 }),
        replace('/a/1', 'was null'),
        replace('/a/2', 'text'),
        replace('/a/3', [2, 3]),
        replace('/a/4', [[]]),
      ),
    ).toBe('a:\n# one\n- b: 1\n  c: 2\n- was null\n- text\n- [2, 3]\n- - []');
    expect(edited('# c\n\na: 1\n', replace('', { b: [2] }))).toBe('# c\n\nb:\n  - 2\n');
  });
});

it('brackets stay brackets', () => {
  expect(
    edited(
      'c: [{name: a, env: []}, {name: b}]\nd: {b, c: , e: 1}\n',
      add('/c/0/env/0', entry),
      add('/c/1/env', ['a,b']),
      add('/c/-', { name: 'c' }),
      add('/d/b', 1),
    ),
  ).toBe(
    'c: [{name: a, env: [{name: TOKEN, valueFrom: {secretKeyRef: {name: agent, key: token}}}]}, {name: b, env: ["a,b"]}, {name: c}]\nd: {b: 1, c:, e: 1}\n',
  );
});

describe('the text around', () => {
  it('keeps its Windows line breaks, its byte order mark and its markers', () => {
    const text =
      '\uFEFF# first\r\n---\r\n# here\r\na:\r\n  - b: |\r\n      x\r\n      y\r\n...\r\n';
    expect(edited(text, add('/a/0/c', [1]), add('/a/0/d', 'two\r\nlines'))).toBe(
      text.replace('      y\r\n', '      y\r\n    c:\r\n      - 1\r\n    d: "two\\r\\nlines"\r\n'),
    );
  });

  it('survives operations on every item of a long list', () => {
    const item = (at: number) => `- name: c${at} # ${at}\n  env:\n  - name: X\n`;
    const text = `items:\n${Array.from({ length: 60 }, (_, at) => item(at)).join('')}`;
    const operations = Array.from({ length: 60 }, (_, at) => [
      add(`/items/${at}/env/0`, { name: 'A' }),
      add(`/items/${at}/env/1`, { name: 'B' }),
      add(`/items/${at}/more`, 1),
    ]).flat();
    expect(linesLostIn(edited(text, ...operations), text)).toEqual([]);
  });

  it('is not touched by an operation that does not apply', () => {
    const document = { text: 'a: CANARY\n', object: { a: 'CANARY' } };
    expect(() => editDocument(document, [add('/b/c', 1)])).toThrow(
      new Error('the operation "add" does not apply at /b/c'),
    );
  });
});
