import type { PolicyExplanation } from '../core/explanation/explanation.ts';
import type { Subject } from '../core/explanation/subject.ts';
import { reasons } from '../core/reasons.ts';
import type { ExplainedObject } from './explain-object.ts';

/** An explanation for people: a block for each policy, what is not known, and what to do. */
export function explanationText(explained: ExplainedObject): string {
  const { subject, policies, waiting, unknown, advice } = explained;
  const lines = [headline(subject)];
  for (const { container, message } of waiting)
    lines.push(`  container ${container} waits: ${message}`);
  lines.push('');
  let short = true;
  for (const policy of policies) {
    const block = describePolicy(policy, subject);
    // Short lines stand together, blocks apart.
    if (lines.at(-1) !== '' && (block.length > 1 || !short)) lines.push('');
    short = block.length === 1;
    lines.push(...block);
  }
  if (policies.length > 0) lines.push('');
  if (unknown.length > 0) {
    lines.push('Not known:');
    for (const { what, name, right } of unknown) {
      const fact =
        what === 'secret' ? `Secret ${name} and its keys` : `labels of namespace ${name}`;
      lines.push(`  ${fact}: you lack the right to ${right}`);
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
  // Messages of others may hold line breaks or control a terminal.
  return lines.map((line) => `${line.replaceAll(/\p{Cc}+/gu, ' ')}\n`).join('');
}

/** The same for programs. */
export function explanationJson({ subject, ...explained }: ExplainedObject): string {
  const { apiVersion, kind, namespace, name, createdAt } = subject;
  const object = { apiVersion, kind, namespace, name, createdAt };
  return `${JSON.stringify({ object, ...explained }, undefined, 2)}\n`;
}

function headline({ kind, namespace, name, createdAt, isPod }: Subject): string {
  const created = createdAt === undefined ? '' : `, created ${createdAt}`;
  return `${kind} ${namespace}/${name}${created}${isPod ? '' : ': its next pods'}`;
}

function describePolicy(explanation: PolicyExplanation, subject: Subject): string[] {
  const { policy, verdict, reason, sentence, createdAt, notes, conditions, secret } = explanation;
  const lines: string[] = [];
  if (verdict === 'lacks' || verdict === 'keeps') lines.push(`${reason}: ${sentence}`);
  if (reason === 'pod-before-policy') lines.push(`policy created ${createdAt}`);
  lines.push(...notes.map((note) => `note: ${note}: ${reasons[note]}`));
  if (mayHaveRows(explanation)) lines.push(...describeOutcomes(explanation));
  lines.push(...explanation.problems.map(({ path, message }) => `${path}: ${message}`));
  // What is not known has a section of its own.
  if (secret && secret.state !== 'secret-unknown') lines.push(describeSecret(secret));
  for (const { type, status, reason: why, message, outdated } of conditions) {
    const age = outdated ? ' (of an older version of the policy)' : '';
    lines.push(`status: ${type}=${status}${age}: ${why}: ${message}`);
  }
  return [
    `${policy}: ${describeVerdict(explanation, subject)}`,
    ...lines.map((line) => `  ${line}`),
  ];
}

function mayHaveRows({ verdict, reason }: PolicyExplanation): boolean {
  return verdict !== 'left-out' || reason === 'no-container-selected';
}

function describeVerdict(explanation: PolicyExplanation, { isPod }: Subject): string {
  const { verdict, reason, sentence, secret } = explanation;
  const bearer = isPod ? 'the pod' : 'the pod template';
  const buts = doubts(explanation).join('');
  const token = secret?.state === 'present' ? 'token' : 'reference to the token';
  switch (verdict) {
    case 'holds':
      return `${bearer} has the ${isPod ? token : 'reference to the token'}${buts}`;
    case 'gets':
      return `the next pods get the ${token}${buts}`;
    case 'lacks':
      return `the pod does not have the token${buts}`;
    case 'keeps':
      return `${bearer} has entries of its own${buts}`;
    case 'invalid':
      return `cannot be used: ${reason}: ${sentence}`;
    case 'left-out':
      return `does not apply: ${describeUnmet(explanation, bearer) ?? `${reason}: ${sentence}`}`;
    default:
      return verdict satisfies never;
  }
}

/** What stands between a verdict and a container that runs with its token. */
function doubts({ verdict, secret, notes, conditions }: PolicyExplanation): string[] {
  const found: string[] = [];
  const and = verdict === 'lacks' ? 'and' : 'but';
  if (secret?.state === 'secret-missing') found.push(`, ${and} the Secret is missing`);
  if (secret?.state === 'secret-key-missing') found.push(`, ${and} the Secret lacks a key`);
  const ready = conditions.find(({ type }) => type === 'Ready');
  if (verdict === 'gets' && ready && ready.status !== 'True')
    found.push(', once the policy is Ready');
  if (notes.includes('namespace-labels-unknown')) found.push(', if the namespace is selected');
  return found;
}

function describeUnmet({ reason, unmet }: PolicyExplanation, bearer: string): string | undefined {
  if (reason !== 'pod-not-selected' && reason !== 'namespace-not-selected') return undefined;
  const whose = { namespaceSelector: 'the namespace', podSelector: bearer };
  return unmet
    .map(
      ({ selector, wanted, found }) =>
        `${selector} wants ${wanted}, ${whose[selector]} has ${found}`,
    )
    .join('; ');
}

function describeOutcomes({ outcomes }: PolicyExplanation): string[] {
  const rows = outcomes.map(({ path, container, subject = '', reason, sentence }) => ({
    cells: [container ?? path, subject],
    text: `${reason}: ${sentence}`,
  }));
  const widths = [0, 1].map((column) =>
    Math.max(...rows.map(({ cells }) => cells[column]!.length)),
  );
  return rows.map(({ cells, text }) => {
    const padded = cells.map((cell, column) => cell.padEnd(widths[column] ?? 0));
    return `${padded.join('  ')}  ${text}`;
  });
}

function describeSecret({
  name,
  state,
  missingKeys,
  message,
}: NonNullable<PolicyExplanation['secret']>): string {
  if (state === 'present') return `Secret ${name}: it is there and has the keys`;
  const keys =
    state === 'secret-key-missing' && missingKeys.length > 0 ? ` (${missingKeys.join(', ')})` : '';
  return `Secret ${name}: ${state}${keys}: ${message ?? reasons[state]}`;
}
