import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { blocksOf } from './documentation.ts';

/** The parts of a rule of an audit policy that say what it logs of Secrets. */
interface AuditRule {
  readonly level: string;
  readonly resources?: readonly { readonly group: string; readonly resources: readonly string[] }[];
}

it('the audit policy of docs/security-practices.md logs no content of a Secret', () => {
  const [policy] = blocksOf('docs/security-practices.md', 'yaml').map(
    (block) => parse(block) as { readonly rules: readonly AuditRule[] },
  );
  const aboutSecrets = policy!.rules.filter(
    ({ resources }) =>
      resources?.some(({ group, resources: names }) => group === '' && names.includes('secrets')) ??
      true,
  );
  // By name, all at once, and the last rule, which is about everything else.
  expect(aboutSecrets.map(({ level }) => level)).toEqual(['Metadata', 'Metadata', 'None']);
});
