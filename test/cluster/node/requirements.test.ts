import { expect, it } from 'vitest';

import { whatIsMissing } from './requirements.ts';

it('names the packages that a machine lacks, each once', () => {
  const lacking = ['ctr', 'containerd', 'conntrack'];
  expect(whatIsMissing((program) => !lacking.includes(program))).toBe(
    'a node needs containerd, ctr, conntrack: apt-get install containerd conntrack',
  );
  expect(whatIsMissing(() => true)).toBeUndefined();
});
