import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../../src/core/policy/parse-policy.ts';
import { arbitraryPolicy } from '../arbitrary-policy.ts';

interface Draft {
  apiVersion: unknown;
  kind: unknown;
  metadata: Record<string, unknown>;
  spec: Record<string, any>; // oxlint-disable-line typescript/no-explicit-any -- tests write what no policy may hold
}

const good = (): Draft => ({
  apiVersion: 'token-injector.dev/v1alpha1',
  kind: 'TokenPolicy',
  metadata: { name: 'aikido' },
  spec: {
    match: { podSelector: { matchLabels: { app: 'agent' } } },
    secret: { name: 'aikido-api-secret' },
    inject: { env: [{ name: 'AIKIDO_API_TOKEN', key: 'token' }] },
  },
});

function problemsAfter(change: (draft: Draft) => void): string[] {
  const draft = good();
  change(draft);
  const parsed = parsePolicy(draft);
  return parsed.ok ? [] : parsed.problems.map(({ path, message }) => `${path}: ${message}`);
}

describe('parsePolicy', () => {
  it('fills in every default', () => {
    const parsed = parsePolicy({
      ...good(),
      spec: { secret: { name: 's' }, inject: good().spec.inject },
    });
    expect(parsed.ok && parsed.policy.spec).toEqual({
      match: {
        namespaceSelector: {},
        systemNamespaces: false,
        podSelector: {},
        annotation: 'Optional',
        containers: { include: ['*'], exclude: ['istio-proxy', 'linkerd-proxy'] },
      },
      secret: { name: 's' },
      inject: {
        env: [
          {
            name: 'AIKIDO_API_TOKEN',
            key: 'token',
            optional: false,
            whenPresent: 'ReplaceLiteral',
          },
        ],
        files: [],
      },
      missed: { atAdmission: 'Admit' },
    });
  });

  it('accepts what the API server adds to metadata', () => {
    expect(
      problemsAfter(({ metadata }) =>
        Object.assign(metadata, { uid: '1', resourceVersion: '2', labels: { a: 'b' } }),
      ),
    ).toEqual([]);
  });

  it('counts null as absent, as the API server does', () => {
    expect(problemsAfter(({ spec }) => Object.assign(spec, { missed: null, match: null }))).toEqual(
      [],
    );
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
      'spec.inject.env[1].whenPresent: must be ReplaceLiteral, Keep, Replace; did you mean "Replace"?',
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

  const refused: [string, (draft: Draft) => void, string][] = [
    [
      'a wrong apiVersion',
      (d) => (d.apiVersion = 'token-injector.dev/v1'),
      'apiVersion: must be token-injector.dev/v1alpha1',
    ],
    [
      'a name that is no DNS label',
      (d) => (d.metadata.name = 'a.b'),
      'metadata.name: must be a DNS label: lower-case letters, digits and "-"',
    ],
    [
      'a name that is too long',
      (d) => (d.metadata.name = 'a'.repeat(49)),
      'metadata.name: must have at most 48 characters, has 49',
    ],
    [
      'a reserved name',
      (d) => (d.metadata.name = 'probe'),
      'metadata.name: must not be probe, true, false: these are reserved',
    ],
    ['no metadata', (d) => (d.metadata = undefined!), 'metadata: is required'],
    [
      'an unknown field of the spec',
      (d) => (d.spec.rotation = {}),
      'spec.rotation: unknown field; known here: match, secret, inject, missed',
    ],
    [
      'a status',
      (d) => Object.assign(d, { status: {} }),
      'status: unknown field; known here: apiVersion, kind, metadata, spec',
    ],
    [
      'nothing to inject',
      (d) => (d.spec.inject = {}),
      'spec.inject: must have at least one entry in env or files',
    ],
    [
      'a variable twice',
      (d) => d.spec.inject.env.push({ name: 'aikido_api_token', key: 'x' }),
      'spec.inject.env[1].name: is there twice (case does not count)',
    ],
    [
      'an unknown operator',
      (d) =>
        (d.spec.match.podSelector = {
          matchExpressions: [{ key: 'a', operator: 'in', values: ['b'] }],
        }),
      'spec.match.podSelector.matchExpressions[0].operator: must be In, NotIn, Exists, DoesNotExist; did you mean "In"?',
    ],
    [
      'In without values',
      (d) => (d.spec.match.podSelector = { matchExpressions: [{ key: 'a', operator: 'In' }] }),
      'spec.match.podSelector.matchExpressions[0].values: is required with In',
    ],
    [
      'Exists with values',
      (d) =>
        (d.spec.match.podSelector = {
          matchExpressions: [{ key: 'a', operator: 'Exists', values: ['b'] }],
        }),
      'spec.match.podSelector.matchExpressions[0].values: must not be set with Exists',
    ],
    [
      'a bad label key',
      (d) => (d.spec.match.podSelector = { matchLabels: { 'a/b/c': 'x' } }),
      'spec.match.podSelector.matchLabels["a/b/c"]: must be a label key: an optional DNS prefix and "/", then at most 63 letters, digits, "-", "_" and "."',
    ],
    [
      'a label value that is no string',
      (d) => (d.spec.match.podSelector = { matchLabels: { a: true } }),
      'spec.match.podSelector.matchLabels["a"]: must be a string: put it in quotes',
    ],
    [
      'a bad container glob',
      (d) => (d.spec.match.containers = { include: ['App?'] }),
      'spec.match.containers.include[0]: must be a container name, in which * stands for any characters',
    ],
    [
      'an empty include',
      (d) => (d.spec.match.containers = { include: [] }),
      'spec.match.containers.include: must have at least 1 item',
    ],
    [
      'a relative mountPath',
      (d) => (d.spec.inject.files = [{ mountPath: 'etc', items: [{ key: 'a', path: 'a' }] }]),
      'spec.inject.files[0].mountPath: must be an absolute path without a slash at its end: letters, digits, "-", "_", "." and "/"',
    ],
    [
      'dots in a mountPath',
      (d) => (d.spec.inject.files = [{ mountPath: '/etc/../x', items: [{ key: 'a', path: 'a' }] }]),
      'spec.inject.files[0].mountPath: must not have "." or ".." as a part',
    ],
    [
      'dots in a path',
      (d) => (d.spec.inject.files = [{ mountPath: '/etc/x', items: [{ key: 'a', path: '../a' }] }]),
      'spec.inject.files[0].items[0].path: must not start with ".." or have "." or ".." as a part',
    ],
    [
      'a file that is also a folder',
      (d) =>
        (d.spec.inject.files = [
          {
            mountPath: '/etc/x',
            items: [
              { key: 'a', path: 'a' },
              { key: 'b', path: 'a/b' },
            ],
          },
        ]),
      'spec.inject.files[0].items[0].path: is a file and also the folder of another item',
    ],
    [
      'a second folder',
      (d) => (d.spec.inject.files = [1, 2]),
      'spec.inject.files: must have at most 1 item',
    ],
    [
      'refusal of every pod',
      (d) => Object.assign(d.spec, { match: {}, missed: { atAdmission: 'Refuse' } }),
      'spec.missed.atAdmission: must not be Refuse for every pod of every namespace: set match.podSelector or match.namespaceSelector, or match.annotation: Required',
    ],
  ];
  it.each(refused)('refuses %s', (_, change, problem) => {
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

  it('allows refusal of every pod that asks', () => {
    expect(
      problemsAfter((d) =>
        Object.assign(d.spec, {
          match: { annotation: 'Required' },
          missed: { atAdmission: 'Refuse' },
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

  it('reads __proto__ and constructor as keys like others', () => {
    expect(
      problemsAfter(
        (d) =>
          (d.spec = JSON.parse(
            '{"__proto__": {}, "constructor": 1, "secret": {"name": "s"}, "inject": {"env": [{"name": "A", "key": "k"}]}}',
          )),
      ),
    ).toEqual([
      'spec.?: unknown field; known here: match, secret, inject, missed',
      'spec.constructor: unknown field; known here: match, secret, inject, missed',
    ]);
  });
});
