import { describe, expect, it } from 'vitest';
import { readDocuments } from '../../src/manifests/documents.ts';
import { editText } from '../../src/manifests/edit-text.ts';
import { add, edited, entry, linesLostIn, replace } from './edited.ts';

describe('adding a key to a map', () => {
  it('writes it at the end, in the indentation of the document', () => {
    expect(
      edited(
        `spec:
  containers:   # all of them
  # the main one
  - name: "main"   # quoted
    args:
    - a
      # deeper
    # - b

  - image: x
    name: second
`,
        add('/spec/containers/0/env', [entry]),
        add('/spec/containers/1/env', [entry]),
      ),
    ).toBe(`spec:
  containers:   # all of them
  # the main one
  - name: "main"   # quoted
    args:
    - a
      # deeper
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

  it('knows wide indentation and wide dashes', () => {
    expect(
      edited(
        'a:\n    list:\n        -   name: x\n            map:\n                b: 1\n',
        add('/a/list/0/env', [entry]),
      ),
    ).toBe(`a:
    list:
        -   name: x
            map:
                b: 1
            env:
                -   name: TOKEN
                    valueFrom:
                        secretKeyRef:
                            name: agent
                            key: token
`);
  });

  it.each([
    [
      'clipped',
      'a:\n  run: |\n    x\n    # text\n\n\nb: 1\n',
      'a:\n  run: |\n    x\n    # text\n  new: 1\n\n\nb: 1\n',
    ],
    ['kept', 'a:\n  run: |+\n    x\n\n\nb: 1\n', 'a:\n  run: |+\n    x\n\n\n  new: 1\nb: 1\n'],
    ['stripped', 'a:\n  run: >-\n    x\n     y', 'a:\n  run: >-\n    x\n     y\n  new: 1'],
    ['quoted', 'a:\n  run: "x\n    y" # c\nb: 1\n', 'a:\n  run: "x\n    y" # c\n  new: 1\nb: 1\n'],
  ])('leaves a %s text above it as it is', (_name, before, after) => {
    expect(edited(before, add('/a/new', 1))).toBe(after);
  });

  it('needs no line break at the end of the file and adds none', () => {
    expect(edited('a: 1 # c', add('/b', { c: [1] }))).toBe('a: 1 # c\nb:\n  c:\n    - 1');
  });

  it('stays before an end marker and comments that belong to what follows', () => {
    expect(edited('a:\n  b: 1\n# end\n...\n', add('/a/c', 2))).toBe(
      'a:\n  b: 1\n  c: 2\n# end\n...\n',
    );
  });

  it('fills what is null or empty and keeps the comment there', () => {
    expect(
      edited(
        'a:\n  b: # none yet\n  c: []   # empty\n  d: {}\n  e: ~\n  f:\n    # below\n  g: 1\n',
        add('/a/b', [entry.name]),
        add('/a/c/0', 'x'),
        add('/a/d/new', { z: [] }),
        add('/a/e', null),
        add('/a/f', [1]),
      ),
    ).toBe(
      'a:\n  b: # none yet\n    - TOKEN\n  c:   # empty\n    - x\n  d:\n    new:\n      z: []\n  e: null\n  f:\n    - 1\n    # below\n  g: 1\n',
    );
  });

  it('works where a container begins with its env, a comment or a line break', () => {
    expect(
      edited(
        'c:\n- env:\n  name: a\n- # about b\n  name: b\n-\n  # about c\n  name: c\n',
        add('/c/0/env', [1]),
        add('/c/1/env', [2]),
        add('/c/2/env', [3]),
      ),
    ).toBe(
      'c:\n- env:\n  - 1\n  name: a\n- # about b\n  name: b\n  env:\n  - 2\n-\n  # about c\n  name: c\n  env:\n  - 3\n',
    );
  });

  it('quotes what a reader would take for something else', () => {
    const values = ['yes', '0644', '1_000', 'a: b', '', '# x', 'two\nlines', '<<', '---', 'a, b'];
    expect(edited('a: 1\n', add('/b', values))).toBe(
      'a: 1\nb:\n  - "yes"\n  - "0644"\n  - "1_000"\n  - "a: b"\n  - ""\n  - "# x"\n  - "two\\nlines"\n  - "<<"\n  - "---"\n  - a, b\n',
    );
  });
});

describe('adding an item to a list', () => {
  const text = `env:

  # The log.

  # Its level.
  - name: LEVEL # quoted
    value: 'debug'
  # Its place.
  - {name: PLACE, value: "stderr"}
  # - name: OLD
after: 1
`;

  it('comes before the comments of the item that it precedes', () => {
    expect(edited(text, add('/env/0', { name: 'A' }), add('/env/2', { name: 'B' }))).toBe(
      text
        .replace('  # Its level.', '  - name: A\n  # Its level.')
        .replace('  # Its place.', '  - name: B\n  # Its place.'),
    );
  });

  it('comes last at its length or at a dash', () => {
    const after = text.replace('after', '  - name: A\n  - name: B\nafter');
    expect(edited(text, add('/env/-', { name: 'A' }), add('/env/3', { name: 'B' }))).toBe(after);
  });

  it('works in a list directly inside a list', () => {
    expect(edited('- - a\n  - b\n- c\n', add('/0/0', 'x'), add('/0/-', 'w'), add('/0', 'z'))).toBe(
      '- z\n- - x\n  - a\n  - b\n  - w\n- c\n',
    );
  });
});

describe('replacing', () => {
  it('touches only the entry that differs, and keeps comments and quotes', () => {
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
    valueFrom: # TODO
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

  it('may replace an item by anything', () => {
    expect(
      edited(
        'a:\n- x # one\n-\n- k: 1\n  l: 2\n- [1]\n- last',
        replace('/a/0', { b: 1, c: 2 }),
        replace('/a/1', 'was null'),
        replace('/a/2', 'text'),
        replace('/a/3', [2, 3]),
        replace('/a/4', [[]]),
      ),
    ).toBe('a:\n- b: 1 # one\n  c: 2\n- was null\n- text\n- [2, 3]\n- - []');
  });

  it('may replace the whole document', () => {
    expect(edited('# c\na: 1\n', replace('', { b: [2] }))).toBe('# c\nb:\n  - 2\n');
  });
});

describe('brackets', () => {
  it('stay brackets, on one line or on several', () => {
    expect(
      edited(
        'c: [\n  {name: a, env: []}, # one\n  {name: b},\n]\nd: [ { x: y } ]\n',
        add('/c/0/env/0', entry),
        add('/c/1/env', ['a,b']),
        add('/c/-', { name: 'c' }),
        add('/d/0', { z: 1 }),
        add('/d/1/w', {}),
      ),
    ).toBe(
      'c: [\n  {name: a, env: [{name: TOKEN, valueFrom: {secretKeyRef: {name: agent, key: token}}}]}, # one\n  {name: b, env: ["a,b"]},\n  {name: c},\n]\nd: [ { z: 1 }, { x: y, w: {} } ]\n',
    );
  });

  it('keep their quotes', () => {
    expect(edited('env: [{"name": "A"}]\n', add('/env/-', entry))).toBe(
      'env: [{"name": "A"}, {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "agent", "key": "token"}}}]\n',
    );
  });

  it('may hold an entry without a value', () => {
    expect(edited('a: {b, c: , d: 1}\n', add('/a/b', 1), add('/a/c', 2))).toBe(
      'a: {b: 1, c: 2 , d: 1}\n',
    );
  });
});

describe('the text around', () => {
  it('keeps its Windows line breaks and its byte order mark', () => {
    const text = '\uFEFFa:\r\n  - b: |\r\n      x\r\n      y\r\n# end\r\n';
    expect(edited(text, add('/a/0/c', [1]), add('/a/0/d', 'two\r\nlines'))).toBe(
      '\uFEFFa:\r\n  - b: |\r\n      x\r\n      y\r\n    c:\r\n      - 1\r\n    d: "two\\r\\nlines"\r\n# end\r\n',
    );
  });

  it('keeps its other documents to the byte, broken ones too', () => {
    const text =
      '# first\n---\na:   "1"\n\n--- # second\nb:\n- 1\n---\nc: [\n---\n# end\nd:   [ 4 ]';
    const { documents } = readDocuments(text);
    const second = documents.find(({ line }) => line === 6)!;
    expect(editText(text, second, [add('/b/0', 0)])).toBe(text.replace('- 1', '- 0\n- 1'));
    expect(editText(text, second, [])).toBe(text);
  });

  it('may be edited document by document from the end', () => {
    const text = 'a: 1\n---\nb: 1\n---\nc: 1';
    let after = text;
    for (const document of readDocuments(text).documents.toReversed()) {
      after = editText(after, document, [add('/x', 1)]);
    }
    expect(after).toBe('a: 1\nx: 1\n---\nb: 1\nx: 1\n---\nc: 1\nx: 1');
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
    const [document] = readDocuments('a: CANARY\n').documents;
    expect(() => editText('a: CANARY\n', document!, [add('/b/c', 1)])).toThrow(
      new Error('the operation "add" does not apply at /b/c'),
    );
  });
});
