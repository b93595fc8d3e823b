import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileContainers, compileGlob } from '../../../src/core/policy/containers.ts';

describe('container globs', () => {
  it.each([
    ['agent', 'agent', true],
    ['agent', 'agent-2', false],
    ['agent-*', 'agent-', true],
    ['*-proxy', 'istio-proxy', true],
    ['*-proxy', 'proxy', false],
    ['a*b*c', 'aXbXc', true],
    ['a*b*c', 'acb', false],
    ['a*a', 'a', false],
    ['*ab*ab*', 'ab', false],
    ['*ab*ab*', 'abab', true],
    ['a*b*b', 'ab', false],
    ['**', '', true],
  ])('%s on %s: %s', (glob, name, expected) => {
    expect(compileGlob(glob)(name)).toBe(expected);
  });

  it('agree with the pattern that the API server is given', () => {
    const characters = fc.constantFrom('a', 'b', '-', '*');
    const text = fc.array(characters, { maxLength: 8 }).map((list) => list.join(''));
    fc.assert(
      fc.property(text, text, (glob, word) => {
        const name = word.replaceAll('*', '');
        expect(compileGlob(glob)(name)).toBe(
          new RegExp(`^${glob.replaceAll('*', '.*')}$`).test(name),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('leave out what exclude names, whatever include says', () => {
    const selects = compileContainers({ include: ['*'], exclude: ['*-proxy'] });
    expect([selects('agent'), selects('istio-proxy')]).toEqual([true, false]);
  });

  it('leave out a sidecar that others add, unless include has its name in full', () => {
    const selects = (include: string[], name: string) =>
      compileContainers({ include, exclude: [] })(name);
    expect(selects(['*'], 'istio-init')).toBe(false);
    expect(selects(['istio-*'], 'istio-init')).toBe(false);
    expect(selects(['istio-init'], 'istio-init')).toBe(true);
    expect(selects(['datadog-lib-js-init'], 'datadog-lib-js-init')).toBe(true);
    expect(selects(['*'], 'istio-initial')).toBe(true);
    expect(compileContainers({ include: ['daprd'], exclude: ['d*'] })('daprd')).toBe(false);
  });

  it('never look at a name longer than Kubernetes allows', () => {
    const selects = compileContainers({ include: ['*a*a*a*a*a*b'], exclude: [] });
    expect(selects('a'.repeat(8_000_000))).toBe(false);
  });
});
