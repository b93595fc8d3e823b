import { type SecretKey, bySecret, keysOf } from '../policy/compile-policy.ts';
import type { Judgement } from './judge-policy.ts';
import type { PolicyObject } from './policy-object.ts';

/** What is known of a Secret of the pod's namespace; never what it holds. */
export type SecretFact = { readonly keys: readonly string[] } | 'missing' | 'unknown';

/** Whether the Secret has what a policy refers to. */
export interface SecretState {
  readonly name: string;
  readonly state: 'present' | 'secret-missing' | 'secret-key-missing' | 'secret-unknown';
  /** Of what the policy refers to. */
  readonly missingKeys: readonly string[];
  /** Whether a container cannot start for it: it can where all that is missing is optional. */
  readonly blocks: boolean;
  /** The controller's words, where the caller may not look and the controller may. */
  readonly message?: string;
}

/** Compares each Secret with what a policy put, or would put, into a pod; none where it refers to none. */
export function secretStates(
  judgement: Judgement,
  namespace: string,
  secrets: ReadonlyMap<string, SecretFact>,
): SecretState[] {
  const problems = judgement.object.problems.filter((problem) => problem.namespace === namespace);
  return [...bySecret(usedKeys(judgement))].map(([name, wanted]) =>
    secretState(
      name,
      wanted,
      secrets.get(name) ?? 'unknown',
      problems.filter(({ message }) => message.startsWith(`Secret ${name} `)),
    ),
  );
}

function secretState(
  name: string,
  wanted: readonly SecretKey[],
  fact: SecretFact,
  problems: PolicyObject['problems'],
): SecretState {
  const mustBeThere = wanted.some(({ optional }) => !optional);
  if (fact === 'missing')
    return { name, state: 'secret-missing', missingKeys: keysOf(wanted), blocks: mustBeThere };
  if (fact === 'unknown') return { name, missingKeys: [], ...told(problems, mustBeThere) };
  const missing = wanted.filter(({ key }) => key !== undefined && !fact.keys.includes(key));
  return {
    name,
    state: missing.length > 0 ? 'secret-key-missing' : 'present',
    missingKeys: keysOf(missing),
    blocks: missing.some(({ optional }) => !optional),
  };
}

/** What the controller said about the Secret in the namespace, whose rights may reach further than the caller's. */
function told(
  problems: PolicyObject['problems'],
  mustBeThere: boolean,
): Pick<SecretState, 'state' | 'blocks' | 'message'> {
  const problem = problems.find(({ reason }) => Object.hasOwn(statesTold, reason));
  const state = statesTold[problem?.reason ?? ''];
  return problem && state
    ? { state, blocks: mustBeThere, message: problem.message }
    : { state: 'secret-unknown', blocks: false };
}

const statesTold: Readonly<Record<string, SecretState['state']>> = {
  SecretMissing: 'secret-missing',
  KeyMissing: 'secret-key-missing',
};

/** The keys that the pod refers to because of the policy; what it keeps of its own does not count. */
export function usedKeys({ policy, decision: { outcomes } }: Judgement): SecretKey[] {
  const ours = new Set(
    outcomes.filter(({ reason }) => refers.includes(reason)).map(({ subject }) => subject),
  );
  return policy.secretKeys.filter(({ subject }) => ours.has(subject));
}

/** Reasons of outcomes after which the container refers to the Secret as the policy wants it. */
export const refers: readonly string[] = [
  'env-added',
  'env-present',
  'env-replaced-field',
  'env-replaced-literal',
  'env-replaced-reference',
  'file-added',
  'file-present',
  'file-replaced',
];
