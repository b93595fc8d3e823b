import { describe, expect, it } from 'vitest';
import { safeRefusal } from '../../src/kube/client/secret-refusal.ts';

describe('what is repeated of a refusal about a Secret', () => {
  it.each([
    [
      'secrets "x" is forbidden: User "system:serviceaccount:ti:secrets" cannot patch resource "secrets" in API group "" in the namespace "shop"',
      'User "system:serviceaccount:ti:secrets" cannot patch resource "secrets" in API group "" in the namespace "shop"',
    ],
    [
      'secrets "x" is forbidden: exceeded quota: q, requested: count/secrets=1, used: count/secrets=2, limited: count/secrets=2',
      'exceeded quota: q, requested: count/secrets=1, used: count/secrets=2, limited: count/secrets=2',
    ],
    [
      'secrets "x" is forbidden: unable to create new content in namespace shop because it is being terminated',
      'unable to create new content in namespace shop because it is being terminated',
    ],
    [
      'admission webhook "check.example.com" denied the request: data.token must not be canary',
      'admission webhook "check.example.com" denied the request',
    ],
    [
      "secrets \"x\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: canary",
      "ValidatingAdmissionPolicy 'p' with binding 'b' denied request",
    ],
    [
      'Secret "x" is invalid: data: Invalid value: "canary": field is immutable when `immutable` is set',
      'field is immutable',
    ],
    [
      'Secret "x" is invalid: data: Too long: may not be more than 1048576 bytes',
      'Too long: may not be more than 1048576 bytes',
    ],
    ['Secret "x" is invalid: data[token]: Invalid value: "canary"', undefined],
    [
      "secrets \"x\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: exceeded quota: a, requested: canary",
      "ValidatingAdmissionPolicy 'p' with binding 'b' denied request",
    ],
    [
      'admission webhook "check.example.com" denied the request: namespaces "canary" not found',
      'admission webhook "check.example.com" denied the request',
    ],
    ['admission webhook "canary\nis" denied the request', undefined],
    ['', undefined],
  ])('%j', (text, expected) => {
    expect(safeRefusal(text)).toBe(expected);
  });
});
