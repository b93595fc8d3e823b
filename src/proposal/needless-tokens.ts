import type { RecognisedAgent } from './recognise-agents.ts';
import type { TokenUse } from './token-groups.ts';
import type { Manifests, Workload } from './workloads.ts';

/** The tokens that the charts of recognised agents see to themselves, so that no policy has to. */
export interface NeedlessTokens {
  readonly has: (use: TokenUse) => boolean;
  /** Whether a chart makes up the value of a key of a Secret. */
  readonly isMadeUp: (secret: string, key: string) => boolean;
  readonly notes: readonly string[];
}

/** Finds the tokens that charts make up for their own components, and the references to the Secret that a policy names. */
export function needlessTokens(
  { workloads, made }: Manifests,
  recognised: readonly RecognisedAgent[],
): NeedlessTokens {
  const variables = recognised.flatMap(({ agent: { notes } }) => notes.Makes?.split(/,\s+/) ?? []);
  const isMadeUp = (secret: string, key: string) =>
    workloads.some(({ uses }) =>
      uses.some(
        (use) => variables.includes(use.variable) && use.secret === secret && use.key === key,
      ),
    );
  // An application keeps other tokens beside the one that it asks for.
  const agents = recognised.filter(({ policy }) => policy.spec.match.annotation !== 'Required');
  const secrets = agents.flatMap(secretsOf);
  const isSet = ({ secret }: TokenUse) =>
    secret !== undefined && secrets.includes(secret) && !made.some(({ name }) => name === secret);
  const others = workloads.filter(
    (one) => !recognised.some((agent) => agent.workloads.includes(one)),
  );
  return {
    has: (use) => isSet(use) || ('variable' in use && variables.includes(use.variable)),
    isMadeUp,
    notes: [
      ...made.flatMap(({ name, keys }) =>
        keys
          .filter((key) => isMadeUp(name, key))
          .map(
            (key) =>
              `Secret ${name}: the chart makes up ${key}, by which its components know each other: left to the chart`,
          ),
      ),
      ...others.flatMap((workload) =>
        [
          ...new Set(
            tokensOf(workload)
              .filter(isSet)
              .map(({ secret }) => secret),
          ),
        ].map(
          (secret) =>
            `${workload.kind} ${workload.name}: refers to the Secret ${secret}, which is not among the manifests: create it, and this needs no policy`,
        ),
      ),
    ],
  };
}

/** The Secret that the policy of an agent names, and those that its pods have in these places. */
function secretsOf({ policy, workloads }: RecognisedAgent): (string | undefined)[] {
  const subjects = policy.secretKeys.map(({ subject }) => subject);
  const tokens = workloads.flatMap(tokensOf);
  return [
    policy.spec.secret.name,
    ...tokens
      .filter((use) => subjects.includes('variable' in use ? use.variable : use.mountPath))
      .map(({ secret }) => secret),
  ];
}

function tokensOf({ uses, mounts }: Workload): readonly TokenUse[] {
  return [...uses, ...mounts];
}
