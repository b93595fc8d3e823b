import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePolicy, parseStoredPolicy } from '../../../src/core/policy/parse-policy.ts';
import { arbitraryPolicy } from '../arbitrary-policy.ts';
import { type Draft, goodPolicy, spoilt } from './invalid-policies.ts';

/** What the parser says of a policy that has more than this version knows, and what it makes of it. */
function read(change: (draft: Draft) => void) {
  const parsed = parseStoredPolicy(spoilt(change));
  const plain = parsePolicy(goodPolicy());
  return parsed.ok
    ? {
        unknownFields: parsed.unknownFields,
        isAsWithout: plain.ok && JSON.stringify(parsed.policy) === JSON.stringify(plain.policy),
      }
    : { problems: parsed.problems.map(({ path }) => path) };
}

describe('a policy as the API server stores it, of a newer definition', () => {
  it('is read as if the fields were not there that the definition filled in', () => {
    expect(
      read((draft) => {
        Object.assign(draft.spec, { enforce: { literalToken: 'Allow', maximum: 3 } });
        Object.assign(draft.spec.secret, { rotation: { kind: 'Restart' } });
        Object.assign(draft.spec.match, {
          nodeNames: [],
          nativeSidecars: false,
          runtime: { classNames: [], sandboxed: false, selector: {} },
          nothing: null,
        });
        draft.spec.inject.env[0].immutable = false;
      }),
    ).toEqual({
      unknownFields: [
        'spec.match.nodeNames',
        'spec.match.nativeSidecars',
        'spec.match.runtime',
        'spec.match.nothing',
        'spec.secret.rotation',
        'spec.inject.env[].immutable',
        'spec.enforce.literalToken',
        'spec.enforce.maximum',
      ],
      isAsWithout: true,
    });
  });

  it.each<[string, (draft: Draft) => void, string]>([
    [
      'narrows it to nodes',
      ({ spec }) => (spec.match.nodeNames = ['agent']),
      'spec.match.nodeNames',
    ],
    ['asks for more', ({ spec }) => (spec.match.onlyLinux = true), 'spec.match.onlyLinux'],
    [
      'may be a label with an empty value',
      ({ spec }) => (spec.match.nodeLabels = { gpu: '' }),
      'spec.match.nodeLabels',
    ],
    [
      'narrows a part',
      ({ spec }) => (spec.match.podSelector.matchFields = [{}]),
      'spec.match.podSelector.matchFields',
    ],
    ['has a number', ({ spec }) => (spec.match.atMost = 0), 'spec.match.atMost'],
    [
      'takes another source',
      ({ spec }) => (spec.inject.env[0].sourceName = 'other'),
      'spec.inject.env[0].sourceName',
    ],
    [
      'cannot be seen through',
      ({ spec }) => (spec.match.deep = { a: { b: { c: { d: { e: { f: {} } } } } } }),
      'spec.match.deep',
    ],
  ])('cannot be used where a field of match or inject %s', (_, change, path) => {
    expect(read(change)).toEqual({ problems: [path] });
    const parsed = parseStoredPolicy(spoilt(change));
    expect(parsed.ok ? [] : parsed.problems).toMatchObject([
      { message: expect.stringContaining('is not known to this version of token-injector') },
    ]);
  });

  it('cannot be used where it has a value that this version does not know', () => {
    expect(read(({ spec }) => (spec.match.annotation = 'Whenever'))).toEqual({
      problems: ['spec.match.annotation'],
    });
    expect(read(({ spec }) => (spec.inject.env = [{ name: 'LD_PRELOAD', key: 'k' }]))).toEqual({
      problems: ['spec.inject.env[0].name'],
    });
  });

  it('tells each field once, and no name that may be something else', () => {
    expect(
      read((draft) => {
        Object.assign(draft, { CANARY_token: 1, 'CANARY token': 2 });
        draft.spec['ghp_CANARY'] = {};
        draft.spec.inject.env[0].note = {};
        draft.spec.inject.env[1] = { name: 'B', key: 'b', note: [] };
      }),
    ).toMatchObject({ unknownFields: ['spec.inject.env[].note', 'spec.?', '?'] });
    const parsed = parseStoredPolicy(spoilt(({ spec }) => (spec.match['ghp_CANARY'] = 'CANARY')));
    expect(parsed.ok ? [] : parsed.problems.map(({ path }) => path)).toEqual(['spec.match.?']);
    expect(JSON.stringify(parsed)).not.toContain('CANARY');
  });

  it('is otherwise read as a file is', () => {
    fc.assert(
      fc.property(arbitraryPolicy, (object) => {
        expect(JSON.stringify(parseStoredPolicy(object))).toBe(JSON.stringify(parsePolicy(object)));
      }),
    );
    fc.assert(fc.property(fc.jsonValue(), (value) => !parseStoredPolicy(value).ok));
  });
});

it('a file with a field that is not known stays refused', () => {
  const parsed = parsePolicy(spoilt(({ spec }) => (spec.match.nodeNames = [])));
  expect(parsed.ok ? [] : parsed.problems.map(({ path }) => path)).toEqual([
    'spec.match.nodeNames',
  ]);
});
