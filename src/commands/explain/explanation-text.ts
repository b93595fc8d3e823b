import type { PodCount } from '../../core/explanation/count-pods.ts';
import type { PolicyExplanation } from '../../core/explanation/explanation.ts';
import { containerCounts } from '../../core/injection/container-counts.ts';
import { unmetText } from '../../core/explanation/requirements.ts';
import { refers } from '../../core/explanation/secret-state.ts';
import type { Subject } from '../../core/explanation/subject.ts';
import { reasons } from '../../admission/reasons.ts';
import { alignColumns } from '../align-columns.ts';
import { jsonText } from '../json-text.ts';
import { printable } from '../printable.ts';
import type { ExplainedObject } from './explain-object.ts';

/** An explanation for people: a block for each policy, what is not known, and what to do. */
export function explanationText(explained: ExplainedObject): string {
  const { subject, policies, unknown, advice } = explained;
  const lines = [headline(subject), ...describeSituation(explained), ''];
  let short = true;
  for (const policy of policies) {
    const block = describePolicy(policy, explained);
    // Short lines stand together, blocks apart.
    if (lines.at(-1) !== '' && (block.length > 1 || !short)) lines.push('');
    short = block.length === 1;
    lines.push(...block);
  }
  if (policies.length > 0) lines.push('');
  if (unknown.length > 0) {
    lines.push('Not known:');
    for (const { what, name, right } of unknown) {
      const facts = {
        namespace: `labels of namespace ${name}`,
        pods: `pods of the ${subject.kind}`,
        secret: `Secret ${name} and its keys`,
      };
      lines.push(`  ${facts[what]}: you lack the right to ${right}`);
    }
    lines.push('');
  }
  lines.push('What to do:');
  if (advice.length === 0)
    lines.push(unknown.length > 0 ? '  Nothing, as far as is known.' : '  Nothing.');
  for (const { policies: about, text, command } of advice) {
    lines.push(`  - ${about.length > 0 ? `${about.join(', ')}: ` : ''}${text}.`);
    if (command !== undefined) lines.push(`      ${command}`);
  }
  return lines.map((line) => `${printable(line)}\n`).join('');
}

/** The same for programs. */
export function explanationJson(explained: ExplainedObject): string {
  return jsonText(withoutPod(explained));
}

/** Several explanations for programs. */
export function explanationsJson(explained: readonly ExplainedObject[]): string {
  return jsonText(explained.map(withoutPod));
}

function withoutPod({ subject, ...explained }: ExplainedObject): object {
  const { apiVersion, kind, namespace, name, createdAt } = subject;
  return { object: { apiVersion, kind, namespace, name, createdAt }, ...explained };
}

/** What holds whatever the policies say. */
function describeSituation({ installed, policies, denied, waiting }: ExplainedObject): string[] {
  const absent = [
    `not-installed: ${reasons['not-installed']}`,
    ...(policies.length > 0 ? ['The status of the policies is what a controller wrote last.'] : []),
  ];
  return [
    ...(installed === 'no' ? absent : []),
    ...denied.map(({ message }) => `pods are denied: ${message}`),
    ...waiting.map(({ container, message }) => `container ${container} waits: ${message}`),
  ].map((line) => `  ${line}`);
}

function headline({ kind, namespace, name, createdAt, isPod }: Subject): string {
  const created = createdAt === undefined ? '' : `, created ${createdAt}`;
  return `${kind} ${namespace}/${name}${created}${isPod ? '' : ': its next pods'}`;
}

function describePolicy(explanation: PolicyExplanation, explained: ExplainedObject): string[] {
  const { policy, reason, sentence, createdAt, notes, conditions, secrets } = explanation;
  const lines: string[] = [];
  if (isReasonTold(explanation)) lines.push(`${reason}: ${sentence}`);
  if (reason === 'pod-before-policy') lines.push(`policy created ${createdAt}`);
  lines.push(...notes.map((note) => `note: ${note}: ${reasons[note]}`));
  if (mayHaveRows(explanation)) lines.push(...describeOutcomes(explanation));
  lines.push(...explanation.problems.map(({ path, message }) => `${path}: ${message}`));
  // What is not known has a section of its own.
  const known = secrets.filter(({ state }) => state !== 'secret-unknown');
  lines.push(...known.map(describeSecret));
  lines.push(...explanation.keptSecrets.map((kept) => `kept: ${kept.sentence}`));
  const count = explained.pods.find((item) => item.policy === policy);
  if (count) lines.push(describePods(count, tokenWord(secrets)));
  for (const { type, status, reason: why, message, outdated } of conditions) {
    const age = outdated ? ' (of an older version of the policy)' : '';
    lines.push(`status: ${type}=${status}${age}: ${why}: ${message}`);
  }
  return [
    `${policy}: ${describeVerdict(explanation, explained)}`,
    ...lines.map((line) => `  ${line}`),
  ];
}

/** Whether the reason has a line of its own; of some it is said elsewhere. */
function isReasonTold({ verdict, reason }: PolicyExplanation): boolean {
  if (reason === 'not-installed') return false;
  if (verdict === 'would-get') return reason !== 'policy-not-ready';
  return verdict === 'lacks' || verdict === 'keeps';
}

function mayHaveRows({ verdict, reason }: PolicyExplanation): boolean {
  return verdict !== 'left-out' || reason === 'no-container-selected';
}

function describeVerdict(
  explanation: PolicyExplanation,
  { policies, subject: { isPod } }: ExplainedObject,
): string {
  const { verdict, reason, sentence, secrets } = explanation;
  const bearer = isPod ? 'the pod' : 'the pod template';
  const buts = doubts(explanation).join('');
  const token = `${tokenWord(secrets)}${inContainers(explanation)}`;
  switch (verdict) {
    case 'holds':
      return `${bearer} has the ${isPod ? token : 'reference to the token'}${buts}`;
    case 'gets':
      return `the next pods get the ${token}${buts}`;
    case 'would-get':
      return `${whileHindered(reason, token)}${buts}`;
    case 'lacks':
      return `the pod does not have the token${buts}`;
    case 'keeps':
      return reason === 'conflict'
        ? `${writers(explanation, policies)} the same, which is kept${buts}`
        : `${bearer} has entries of its own${buts}`;
    case 'invalid':
      return `cannot be used: ${reason}: ${sentence}`;
    case 'left-out':
      return `does not apply: ${unmetText(explanation, isPod) ?? `${reason}: ${sentence}`}`;
    default:
      return verdict satisfies never;
  }
}

function whileHindered(reason: PolicyExplanation['reason'], token: string): string {
  if (reason === 'policy-not-ready')
    return `the next pods get the ${token}, once the policy is Ready`;
  const hindrance =
    {
      'not-installed': 'token-injector is not installed',
      'policy-not-registered': 'the policy is not registered',
    }[reason as string] ?? 'the webhook is not reached at present';
  return `the next pods would get the ${token}, but ${hindrance}`;
}

/** Says which policies write what this one wants to write. */
function writers(
  { policy, outcomes }: PolicyExplanation,
  policies: readonly PolicyExplanation[],
): string {
  const conflicts = outcomes.filter(({ reason }) => reason === 'conflict');
  const found = policies.filter(
    (other) =>
      other.policy !== policy &&
      other.outcomes.some(
        ({ path, subject, reason }) =>
          refers.includes(reason) &&
          conflicts.some((conflict) => conflict.path === path && conflict.subject === subject),
      ),
  );
  const names = found.map((other) => other.policy).join(', ');
  if (found.length === 0) return 'another policy writes';
  return found.length === 1 ? `policy ${names} writes` : `policies ${names} write`;
}

/** What stands between a verdict and a container that runs with its token. */
function doubts({ verdict, secrets, notes }: PolicyExplanation): string[] {
  const found: string[] = [];
  const and = verdict === 'lacks' ? 'and' : 'but';
  const states = secrets.map(({ state }) => state);
  if (states.includes('secret-missing')) found.push(`, ${and} the Secret is missing`);
  if (states.includes('secret-key-missing')) found.push(`, ${and} the Secret lacks a key`);
  if (notes.includes('namespace-labels-unknown')) found.push(', if the namespace is selected');
  return found;
}

function describeOutcomes({ outcomes }: PolicyExplanation): string[] {
  return alignColumns(
    outcomes.map(({ path, container, subject = '', reason, sentence }) => [
      container ?? path,
      subject,
      `${reason}: ${sentence}`,
    ]),
  );
}

/** Of the containers, where not all get it. */
function inContainers(explanation: PolicyExplanation): string {
  const counts = containerCounts(explanation);
  return counts === undefined ? '' : ` in ${counts}`;
}

/** What pods have whose Secret may not be there. */
function tokenWord(secrets: PolicyExplanation['secrets']): string {
  const areThere = secrets.length > 0 && secrets.every(({ state }) => state === 'present');
  return areThere ? 'token' : 'reference to the token';
}

function describePods({ holds, waits, lacks, keeps, leftOut }: PodCount, token: string): string {
  const parts: readonly (readonly [number, one: string, several: string])[] = [
    [holds, `has the ${token}`, `have the ${token}`],
    [waits, 'waits for the Secret', 'wait for the Secret'],
    [lacks, 'has no token', 'have no token'],
    [keeps, 'has other entries', 'have other entries'],
    [leftOut, 'is left out', 'are left out'],
  ];
  const told = parts
    .filter(([count]) => count > 0)
    .map(([count, one, several]) => `${count} ${count === 1 ? one : several}`);
  return `its pods: ${told.length > 0 ? told.join(', ') : 'none at present'}`;
}

function describeSecret({
  name,
  state,
  missingKeys,
  message,
}: PolicyExplanation['secrets'][number]): string {
  if (state === 'present') return `Secret ${name}: it is there and has the keys`;
  const keys =
    state === 'secret-key-missing' && missingKeys.length > 0 ? ` (${missingKeys.join(', ')})` : '';
  return `Secret ${name}: ${state}${keys}: ${message ?? reasons[state]}`;
}
