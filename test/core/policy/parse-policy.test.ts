import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../../src/core/policy/parse-policy.ts';
import { arbitraryPolicy } from '../arbitrary-policy.ts';
import { type Draft, goodPolicy, invalidPolicies, spoilt } from './invalid-policies.ts';

function problemsAfter(change: (draft: Draft) => void): string[] {
  const parsed = parsePolicy(spoilt(change));
  return parsed.ok ? [] : parsed.problems.map(({ path, message }) => `${path}: ${message}`);
}

describe('parsePolicy', () => {
  it('fills in every default', () => {
    const parsed = parsePolicy({
      ...goodPolicy(),
      spec: { secret: { name: 's' }, inject: goodPolicy().spec.inject },
    });
    expect(parsed.ok && parsed.policy.spec).toEqual({
      match: {
        namespaces: [],
        namespaceSelector: {},
        systemNamespaces: false,
        podSelector: {},
        serviceAccountNames: [],
        annotation: 'Optional',
        containers: { include: ['*'], exclude: [] },
        ephemeralContainers: false,
      },
      secret: { name: 's', source: { kind: 'Secret' }, everyNamespace: false },
      inject: {
        env: [
          {
            name: 'AIKIDO_API_TOKEN',
            key: 'token',
            whenPresent: 'ReplaceLiteral',
          },
        ],
        files: [],
      },
      enforce: { missingToken: 'Allow' },
    });
  });

  it('accepts what the API server adds to metadata', () => {
    expect(
      problemsAfter(({ metadata }) =>
        Object.assign(metadata, { uid: '1', resourceVersion: '2', labels: { a: 'b' } }),
      ),
    ).toEqual([]);
  });

  it('passes over a status, so that what kubectl get prints can be used as a policy file', () => {
    for (const status of [{ conditions: [] }, { ofALaterVersion: 1 }, null, 'text'])
      expect(problemsAfter((draft) => Object.assign(draft, { status }))).toEqual([]);
  });

  it('counts null as absent, as the API server does', () => {
    expect(
      problemsAfter(({ spec }) => Object.assign(spec, { enforce: null, match: null })),
    ).toEqual([]);
    expect(problemsAfter(({ spec }) => Object.assign(spec, { secret: null }))).toEqual([
      'spec.secret: is required',
    ]);
  });

  it('tells every problem at once, each with its path', () => {
    expect(
      problemsAfter((draft) => {
        draft.kind = 'TokenPolcy';
        draft.spec.secret.name = 'Upper';
        draft.spec.inject.env.push({ name: 'A=B', key: 7, whenPresent: 'replace' });
        draft.spec.match.anotation = 'Ignored';
        // Beyond the schema, and told all the same.
        draft.spec.match.podSelector = { matchExpressions: [{ key: 'a', operator: 'In' }] };
        draft.spec.inject.files = [{ mountPath: '/etc/../x', items: [{ key: 'a', path: 'a' }] }];
      }),
    ).toEqual([
      'kind: must be TokenPolicy',
      'spec.match.anotation: unknown field; did you mean "annotation"?',
      'spec.secret.name: must be a Secret name: lower-case letters, digits, "-" and "."',
      'spec.inject.env[1].name: must be a variable name: letters, digits, "_", "-" and ".", no digit in front',
      'spec.inject.env[1].key: must be a string: put it in quotes',
      'spec.inject.env[1].whenPresent: must be one of ReplaceLiteral, Keep, Replace; did you mean "Replace"?',
      'spec.match.podSelector.matchExpressions[0].values: is required with In',
      'spec.inject.files[0].mountPath: must not have "." or ".." as a part',
    ]);
  });

  it.each([
    ['no object', 'text', 'TokenPolicy: must be an object'],
    ['a list', [], 'TokenPolicy: must be an object'],
    ['nothing', undefined, 'TokenPolicy: must be an object'],
  ])('refuses %s', (_, value, problem) => {
    const parsed = parsePolicy(value);
    expect(
      parsed.ok ? [] : parsed.problems.map(({ path, message }) => `${path}: ${message}`),
    ).toEqual([problem]);
  });

  it.each(invalidPolicies)('refuses %s', (_, change, problem) => {
    expect(problemsAfter(change)).toEqual([problem]);
  });

  it.each([
    'LD_PRELOAD',
    'DYLD_INSERT_LIBRARIES',
    'NODE_OPTIONS',
    'PYTHONPATH',
    'JAVA_TOOL_OPTIONS',
    'BASH_ENV',
    'PATH',
    'Path',
    'ld_audit',
  ])('refuses the variable %s, which changes how programs start', (name) => {
    expect(problemsAfter((d) => (d.spec.inject.env[0].name = name))).toEqual([
      'spec.inject.env[0].name: must not be a variable that loads code or changes how programs start',
    ]);
  });

  it('allows Deny for every pod that asks', () => {
    expect(
      problemsAfter((d) =>
        Object.assign(d.spec, {
          match: { annotation: 'Required' },
          enforce: { missingToken: 'Deny' },
        }),
      ),
    ).toEqual([]);
  });

  it('never quotes a value', () => {
    const problems = problemsAfter((d) => {
      d.spec.secret.name = 'CANARY_token';
      d.spec.inject.env[0] = {
        name: 'CANARY=token',
        key: 'CANARY token',
        optional: 'CANARY',
        whenPresent: 'CANARY',
      };
    });
    expect(problems.length).toBe(5);
    expect(problems.join()).not.toContain('CANARY');
  });

  it('accepts every policy of the generator that other properties rely on', () => {
    fc.assert(
      fc.property(arbitraryPolicy, (object) => {
        const parsed = parsePolicy(object);
        expect(parsed.ok ? [] : parsed.problems).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('is total on any JSON', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => !parsePolicy(value).ok));
  });

  it('names an unknown field only where it cannot be a token', () => {
    const add = (name: string) => problemsAfter((d) => Object.assign(d.spec.secret, { [name]: 1 }));
    expect(add('source-')).toEqual(['spec.secret.source-: unknown field; did you mean "source"?']);
    expect(add('AIK_CANARY').join()).toContain('spec.secret.?: unknown field');
  });

  it('reads __proto__ and constructor as keys like others', () => {
    expect(
      problemsAfter(
        (d) =>
          (d.spec = JSON.parse(
            '{"__proto__": {}, "constructor": 1, "secret": {"name": "s"}, "inject": {"env": [{"name": "A", "key": "k"}]}}',
          )),
      ),
    ).toEqual([
      'spec.?: unknown field; known here: match, secret, inject, enforce',
      'spec.constructor: unknown field; known here: match, secret, inject, enforce',
    ]);
  });
});
