import { describe, expect, it } from 'vitest';
import { readDocuments } from '../../src/manifests/read/documents.ts';

function objectsOf(text: string): unknown[] {
  const { documents, problems } = readDocuments(text);
  expect(problems).toEqual([]);
  return documents.map(({ object }) => object);
}

function problemOf(text: string) {
  const { documents, problems } = readDocuments(text);
  expect(documents).toEqual([]);
  expect(problems).toHaveLength(1);
  return problems[0]!;
}

describe('documents of a text', () => {
  it('come with their line and their range', () => {
    const text = '# Source: a.yaml\n---\n# about\nkind: A\n---\n\nkind: B\n';
    const { documents } = readDocuments(text);
    expect(documents.map(({ line }) => line)).toEqual([4, 7]);
    expect(documents.map(({ start, end }) => text.slice(start, end))).toEqual([
      '# Source: a.yaml\n---\n# about\nkind: A\n',
      '---\n\nkind: B\n',
    ]);
  });

  it('are none where they are empty, null or a comment', () => {
    expect(objectsOf('')).toEqual([]);
    expect(objectsOf('\n# nothing\n')).toEqual([]);
    expect(objectsOf('---\n---\n# nothing\n---\nnull\n---\n')).toEqual([]);
  });

  it.each(['{"kind": "A", "list": [1]}', '{\n\t"kind": "A",\n\t"list": [\n\t\t1\n\t]\n}\n'])(
    'may be JSON: %j',
    (text) => expect(objectsOf(text)).toEqual([{ kind: 'A', list: [1] }]),
  );

  it('may have directives, end markers, a byte order mark and Windows line breaks', () => {
    expect(objectsOf('%YAML 1.1\n---\na: 1\n...\n# c\nb: 2\n... # end\n')).toEqual([
      { a: 1 },
      { b: 2 },
    ]);
    expect(objectsOf('\uFEFF---\r\na: 1\r\n---\r\nb: |\r\n  x\r\n  y\r\n')).toEqual([
      { a: 1 },
      { b: 'x\ny\n' },
    ]);
    expect(objectsOf('--- {a: 1}\n--- |\n x\n')).toEqual([{ a: 1 }, 'x\n']);
  });

  it('are not parted by dashes inside a text', () => {
    expect(objectsOf('a: |\n  ---\n  b\n')).toEqual([{ a: '---\nb\n' }]);
    expect(objectsOf('---a: 1\n')).toEqual([{ '---a': 1 }]);
  });

  it('are read as Kubernetes reads them', () => {
    const text = `
mode: 0644
yes: on
no: "no"
hex: 0x1F
big: 1_000
half: 1_0.5
neg: -0b11
eight: 08
date: 2020-01-01
time: 12:30:45
version: 1.10
tagged: !!str 1
`;
    expect(objectsOf(text)).toEqual([
      {
        mode: 0o644,
        true: true,
        false: 'no',
        hex: 31,
        big: 1000,
        half: 10.5,
        neg: -3,
        eight: 8,
        date: '2020-01-01',
        time: '12:30:45',
        version: 1.1,
        tagged: '1',
      },
    ]);
  });

  it('have aliases and merge keys resolved, with nothing shared', () => {
    const [object] = objectsOf(
      'a: &a {x: [1]}\nb: *a\nc:\n  <<: *a\n  w: 2\nd: {<<: [*a, {z: 3}]}\n',
    ) as [Record<string, unknown>];
    expect(object).toEqual({
      a: { x: [1] },
      b: { x: [1] },
      c: { x: [1], w: 2 },
      d: { x: [1], z: 3 },
    });
    expect(object.a).not.toBe(object.b);
  });

  it('may have a key __proto__, which is a key like any other', () => {
    const [object] = objectsOf('__proto__: {polluted: true}\na: {__proto__: 1}\n');
    expect(Object.keys(object as object)).toEqual(['__proto__', 'a']);
    expect((object as Record<string, unknown>).polluted).toBeUndefined();
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('problems', () => {
  it('leave the other documents alone', () => {
    const { documents, problems } = readDocuments('a: 1\n---\nb: "open\n---\nc: [\n---\nd: 2\n');
    expect(documents.map(({ object, line }) => ({ object, line }))).toEqual([
      { object: { a: 1 }, line: 1 },
      { object: { d: 2 }, line: 7 },
    ]);
    expect(problems.map(({ line }) => line)).toEqual([3, 5]);
  });

  it.each([
    ['a: 1\na: 2\n', 2, 1, 'twice'],
    ['a:\n\t- b\n', 2, 1, 'tab'],
    ['a:\n    b: 1\n  c: 2\n', 3, 1, 'indentation'],
    ['a: b: c\n', 1, 4, 'second key'],
    ['a: *b\n', 1, 4, 'anchor'],
    ['a: &a {b: *a}\n', 1, 11, 'inside its own anchor'],
    ['a: @b\n', 1, 4, 'quotes'],
    ['<<: 1\n', 1, 1, 'merge key'],
    ['a: .inf\n', 1, 4, 'JSON'],
    ['? [a, b]\n: c\n', 1, 3, 'key'],
    ['&a [x]: 1\n', 1, 4, 'key'],
    ['null: 1\n', 1, 1, 'key'],
    ['{"a": 1}\n{"b": 2}\n', 2, 1, '---'],
    ['{"a": 1', 1, 8, 'bracket'],
    ['a: "\\q"\n', 1, 5, 'backslash'],
    ['['.repeat(20_000), 1, 1001, 'deep'],
  ])('of %j are at line %i, column %i', (text, line, column, word) => {
    const problem = problemOf(text);
    expect(problem).toMatchObject({ line, message: expect.stringContaining(word) });
    if (text.length < 100) expect(problem.column).toBe(column);
  });

  it('tell a Helm template that nobody rendered', () => {
    for (const text of [
      'name: {{ .Values.name }}\n',
      '{{- if .Values.on }}\nname: a\n{{- end }}\n',
      'a:\n{{ toYaml .Values | indent 2 }}\n',
    ]) {
      expect(problemOf(text).message).toContain('helm template');
    }
    expect(objectsOf('expr: "{{ $labels.pod }}"\n')).toHaveLength(1);
  });

  it('are aliases that grow beyond measure', () => {
    const bomb = 'bcdefghij'
      .split('')
      .reduce(
        (text, name, index) =>
          `${text}${name}: &${name} [${`*${'abcdefghi'[index]},`.repeat(10)}]\n`,
        'a: &a [x, x, x, x, x, x, x, x, x, x]\n',
      );
    expect(problemOf(bomb).message).toContain('too large');
    const deep = Array.from({ length: 3000 }, (_, at) => `k${at + 1}: &k${at + 1} [*k${at}]\n`);
    expect(problemOf(`k0: &k0 x\n${deep.join('')}`).message).toContain('too deep');
    expect(objectsOf(`a: &a x\nb: [${'*a, '.repeat(5000)}]\n`)).toHaveLength(1);
  });

  it('never quote the text', () => {
    const token = 'CANARY';
    for (const text of [
      `a: ${token}: ${token}`,
      `a: *${token}`,
      `a: "${token}`,
      `a: [${token}`,
      `a: @${token}`,
      `a: !<${token} b`,
      `a: "\\q${token}"`,
      `${token}: 1\n${token}: 2`,
      `%${token}\n---\na: 1`,
      `{{ ${token} }}`,
      `a: &x ${token}\n<<: *x`,
      `a: |${token}\n  x`,
      `- a\n${token}: b`,
    ]) {
      const { documents, problems } = readDocuments(text);
      expect(documents.length + problems.length).toBe(1);
      expect(JSON.stringify(problems)).not.toContain(token);
    }
  });
});

it('tells of a text in UTF-16 instead of finding nothing in it', () => {
  const text = Buffer.from('kind: Pod', 'utf16le').toString('utf8');
  expect(readDocuments(text)).toEqual({
    documents: [],
    problems: [{ line: 1, column: 1, message: 'the text is not UTF-8: save it as UTF-8' }],
  });
});
