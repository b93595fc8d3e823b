import { expect } from 'vitest';
import { parsePolicy } from '../../src/core/policy/parse-policy.ts';
import type { Api } from './api.ts';

const policies = '/apis/token-injector.dev/v1alpha1/tokenpolicies';

/** What the API server says to a policy: its spec with defaults, or the fields that it names and its words. */
type Verdict =
  | { readonly ok: true; readonly spec: unknown }
  | { readonly ok: false; readonly fields: readonly string[]; readonly message: string };

/** Asks the API server, which stores nothing. */
export async function verdictOfApiServer(api: Api, policy: unknown): Promise<Verdict> {
  const answer = await api.request('POST', `${policies}?dryRun=All&fieldValidation=Strict`, policy);
  if (answer.ok) return { ok: true, spec: (answer.body as { spec: unknown }).spec };
  const { message = '', details } = answer.body as {
    message?: string;
    details?: { causes?: readonly Cause[] };
  };
  // Other answers would say nothing about the policy.
  expect(answer).toMatchObject({ status: expect.toBeOneOf([400, 422]) });
  return {
    ok: false,
    message,
    fields: [
      ...(details?.causes?.flatMap(fieldOf) ?? []),
      ...[...message.matchAll(/unknown field "([^"]*)"/g)].map(([, field = '']) => field),
      ...[...message.matchAll(/field ObjectMeta\.([a-zA-Z]+)/g)].map(
        ([, field]) => `metadata.${field}`,
      ),
    ],
  };
}

interface Cause {
  readonly field?: string;
  readonly reason?: string;
}

function fieldOf({ field = '', reason }: Cause): string[] {
  // The parser looks for an entry that is there twice only once all entries of the list are sound.
  if (reason === 'FieldValueDuplicate') return [field.replace(/\[\d+\]$/, '')];
  return field === '<nil>' ? [] : [field];
}

/** Wants the same verdict from API server and parser: the same defaults, or words about the same fields. */
export async function wantSameVerdict(api: Api, policy: unknown): Promise<void> {
  const parsed = parsePolicy(policy);
  const verdict = await verdictOfApiServer(api, policy);
  if (parsed.ok) {
    expect(verdict).toEqual({ ok: true, spec: parsed.policy.spec });
    return;
  }
  // A field that may be anything is not repeated by the parser, which then points at where it stands.
  const told = parsed.problems.map(({ path }) => path.replace(/\.\?$/, ''));
  expect(verdict, `the parser refuses this: ${JSON.stringify(parsed.problems)}`).toMatchObject({
    ok: false,
  });
  // An object of another version or kind is not looked into.
  if (verdict.ok || told.includes('apiVersion') || told.includes('kind')) return;
  // The API server stops at an early stage where the parser tells all, so it may name fewer, and none that are sound.
  expect(verdict).not.toMatchObject({ fields: [] });
  for (const field of verdict.fields) {
    expect(
      told.some((path) => isWithin(field, path) || isWithin(path, field)),
      `${field} is not among ${told.join(', ')}; ${verdict.message}`,
    ).toBe(true);
  }
}

// The two write the keys of a map in different ways; what holds for one key is told of the map.
function isWithin(path: string, outer: string): boolean {
  const [inside, around] = [path, outer].map((text) =>
    text.replace(/(?<=matchLabels|template)[.[].*$/, ''),
  );
  return inside === around || inside!.startsWith(`${around}.`) || inside!.startsWith(`${around}[`);
}
