import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { read, root } from './documentation.ts';

const threats = read('docs/threat-model.md')
  .split(/^## /m)
  .slice(1)
  .map((text) => {
    const heading = text.split('\n', 1)[0]!;
    const evidence = [...text.matchAll(/^- `(test\/[^`]+)`: `([^`]+)`$/gm)].map(
      ([, file = '', title = '']) => ({ file, title }),
    );
    return { heading, text, evidence };
  });

it('docs/threat-model.md answers the 18 threats in their order', () => {
  expect(threats.map(({ heading }) => heading.split('.')[0])).toEqual(
    Array.from({ length: 18 }, (_, index) => String(index + 1)),
  );
});

describe.each(threats)('the answer to threat $heading', ({ text, evidence }) => {
  it('names tests, or says that there is none', () => {
    const says = text.includes('Not shown by a test.');
    expect(evidence.length > 0).toBe(!says);
    // A line that the pattern above does not read would be no evidence.
    expect(text.match(/^- /gm) ?? []).toHaveLength(evidence.length);
  });

  it.each(evidence)('is shown by $file: $title', ({ file, title }) => {
    expect(existsSync(join(root, file))).toBe(true);
    const quoted = [`'${title}'`, `"${title}"`, `\`${title}\``];
    expect(quoted.some((name) => read(file).includes(name))).toBe(true);
  });
});
