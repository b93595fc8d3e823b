import { describe, expect, it } from 'vitest';
import { add, edited, replace } from './edited.ts';

describe('an anchor and its aliases', () => {
  it('stay where all of them get the same', () => {
    const text = 'a:\n  env: &env\n    - X # one\n  other: 1\nb:\n  env: *env\n';
    const operations = [
      add('/a/env/0', 'A'),
      add('/a/env/1', 'B'),
      add('/b/env/0', 'A'),
      add('/b/env/1', 'B'),
    ];
    expect(edited(text, ...operations)).toBe(text.replace('    - X', '    - A\n    - B\n    - X'));
  });

  it('stay where others are edited', () => {
    const text = 'labels: &l {app: a} # shared\nspec:\n  labels: *l\n  list: [1]\n';
    expect(edited(text, add('/spec/new', 1))).toBe(`${text}  new: 1\n`);
  });

  it('may be replaced as a whole', () => {
    expect(edited('a: &x 1\nb: *x # c\n', replace('/b', [2]))).toBe('a: &x 1\nb:\n  # c\n  - 2\n');
  });

  it('part where only the anchor gets it: the first alias takes its place', () => {
    const text = '# top\na: &x\n  - 1 # one\nb: *x\nc: *x # again\n';
    expect(edited(text, add('/a/0', 0))).toBe(
      '# top\na:\n  - 0\n  - 1 # one\nb: &x\n  - 1 # one\nc: *x # again\n',
    );
  });

  it('part where only an alias gets it', () => {
    const text = 'a: &x\n  - 1\nb: *x\nc: *x # kept\n';
    expect(edited(text, add('/b/-', 2))).toBe('a: &x\n  - 1\nb:\n  - 1\n  - 2\nc: *x # kept\n');
  });

  it('part inside lists, brackets and other anchors', () => {
    const text = 'a: &x {deep: &s [1], num: &z 2}\nb: [*x, *s, *z]\nc: *x\n';
    edited(text, add('/a/deep/0', 0));
    edited(text, add('/b/0/deep/0', 0), add('/b/1/0', 5));
    edited(text, add('/c/deep/0', 0), replace('/a/num', 3));
  });

  it('part where a merge key brings the list', () => {
    const text = 'base: &b\n  env: # list\n    - 1\nuser:\n  <<: *b # merged\n  name: u\n';
    expect(edited(text, add('/user/env/0', 0))).toBe(
      'base: &b\n  env:\n    # list\n    - 1\nuser:\n  <<: *b # merged\n  name: u\n  env:\n    - 0\n    # list\n    - 1\n',
    );
    edited(text, add('/base/env/0', 0));
    edited('a: &a {x: [1]}\nb: {<<: [{y: 1}, *a]}\n', add('/b/x/0', 0), add('/b/z', 1));
  });

  it('keep numbers as they were written, and the ends of the file', () => {
    const text =
      '\uFEFF# c\r\n---\r\na: &x [1]\r\nmode: 0644\r\nbig: 12345678901234567890\r\nis: yes\r\nb: *x\r\n...\r\n';
    expect(edited(text, add('/b/-', 2))).toBe(text.replace('b: *x', 'b: [1, 2]'));
  });
});

it('writes a document plainly where nothing else will do', () => {
  const text = '# top\n--- &root\n<<: {a: {b: &b [1]}}\nc: *b # c\n...\n';
  expect(edited(text, replace('', { d: [{ '<<': 1 }] }))).toBe(
    '# top\n---\nd:\n  - "<<": 1\n...\n',
  );
});
