import { readDocuments } from '../manifests/read/documents.ts';

/** One agent of the catalogue, as its file in examples/agents tells of it. */
export interface Agent {
  /** Name of the file, and of its policy. */
  readonly name: string;
  /** What the first line says before its colon: which agent. */
  readonly title: string;
  /** What it says behind the colon: what the policy sets, or why there is none. */
  readonly summary: string;
  /** What the comment says under each label. */
  readonly notes: Readonly<Partial<Record<Label, string>>>;
  /** Absent where a policy has nothing to add, which `Instead` explains. */
  readonly policy?: unknown;
}

type Label = (typeof labels)[number];

// In the order in which they stand in a file.
const labels = [
  'Chart',
  'Library',
  'Images',
  'Kinds',
  'Reads',
  'Makes',
  'Renders',
  'Set',
  'Secret',
  'Instead',
] as const;

/** Reads a file of the catalogue; throws where it is not of the form that all of them have. */
export function parseAgentFile(name: string, text: string): Agent {
  const lines = text.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('#'));
  const [first = '', empty, ...comment] = lines.slice(0, end);
  const [, title, summary] = /^# (.+?): (.+)\.$/.exec(first) ?? [];
  if (!title || !summary || empty !== '#')
    throw new Error(`${name}: must begin with the lines "# AGENT: SUMMARY." and "#"`);
  const { documents, problems } = readDocuments(lines.slice(end).join('\n'));
  if (problems.length > 0) throw new Error(`${name}: ${problems[0]!.message}`);
  const policy = documents[0]?.object;
  const notes = readNotes(name, comment);
  const missing = (policy ? ['Reads', 'Secret'] : ['Instead']).filter((label) => !(label in notes));
  if (missing.length > 0) throw new Error(`${name}: lacks the label ${missing.join(', ')}`);
  return { name, title, summary, notes, ...(policy ? { policy } : {}) };
}

function readNotes(name: string, comment: readonly string[]): Agent['notes'] {
  const notes: Partial<Record<Label, string>> = {};
  let last: Label | undefined;
  for (const line of comment) {
    const [, label, text = ''] = /^# ([A-Z][a-z]+):(?: (.+))?$/.exec(line) ?? [];
    const found = labels.find((one) => one === label);
    if (found && labels.indexOf(found) > (last ? labels.indexOf(last) : -1)) {
      notes[found] = text;
      last = found;
    } else if (last && line.startsWith('#   ')) {
      notes[last] = `${notes[last]}\n${line.slice(4)}`.trimStart();
    } else {
      throw new Error(`${name}: "${line}" is neither a label in its order nor indented below one`);
    }
  }
  return notes;
}
