import { describe, expect, it } from 'vitest';
import { unifiedDiff } from '../../src/manifests/diff.ts';

const change = (before: string, after: string, line = 1) => ({ line, before, after });

describe('a diff', () => {
  it('is empty where nothing changed', () => {
    expect(unifiedDiff('pod.yaml', [change('a: 1\n', 'a: 1\n')])).toBe('');
    expect(unifiedDiff('pod.yaml', [])).toBe('');
  });

  it('looks like that of git', () => {
    const before = 'a\nb\nc\nd\ne\nf\ng\nh\n';
    expect(unifiedDiff('dir/pod.yaml', [change(before, before.replace('e\n', 'e\nnew\n'))])).toBe(
      '--- a/dir/pod.yaml\n+++ b/dir/pod.yaml\n@@ -3,6 +3,7 @@\n c\n d\n e\n+new\n f\n g\n h\n',
    );
  });

  it('counts lines from where each part begins, on both sides', () => {
    expect(unifiedDiff('f', [change('a\n', 'x\na\n', 5), change('b\n', 'b\ny\n', 20)])).toBe(
      '--- a/f\n+++ b/f\n@@ -5,1 +5,2 @@\n+x\n a\n@@ -20,1 +21,2 @@\n b\n+y\n',
    );
  });

  it('tells a missing line break at the end, and keeps Windows ones', () => {
    expect(unifiedDiff('f', [change('a', 'a\n')])).toContain('\\ No newline at end of file\n');
    expect(unifiedDiff('f', [change('a\r\nb\r\n', 'a\r\nc\r\n')])).toContain(' a\r\n-b\r\n+c\r\n');
  });
});
