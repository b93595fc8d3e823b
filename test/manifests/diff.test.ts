import { describe, expect, it } from 'vitest';
import { unifiedDiff } from '../../src/manifests/diff.ts';

describe('a diff', () => {
  it('is empty where nothing changed', () => {
    expect(unifiedDiff('pod.yaml', 'a: 1\n', 'a: 1\n')).toBe('');
  });

  it('looks like that of git', () => {
    const before = 'a\nb\nc\nd\ne\nf\ng\nh\n';
    expect(unifiedDiff('dir/pod.yaml', before, before.replace('e\n', 'e\nnew\n'))).toBe(
      '--- a/dir/pod.yaml\n+++ b/dir/pod.yaml\n@@ -3,6 +3,7 @@\n c\n d\n e\n+new\n f\n g\n h\n',
    );
  });

  it('tells a missing line break at the end, and keeps Windows ones', () => {
    expect(unifiedDiff('f', 'a', 'a\n')).toContain('\\ No newline at end of file\n');
    expect(unifiedDiff('f', 'a\r\nb\r\n', 'a\r\nc\r\n')).toContain(' a\r\n-b\r\n+c\r\n');
  });
});
