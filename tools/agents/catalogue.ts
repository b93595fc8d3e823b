import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type Agent, parseAgentFile } from '../../src/catalogue/agent-file.ts';

/** An agent of the catalogue, with what its policy is tried on. */
export interface TriedAgent extends Agent {
  /** Manifests of the form that the chart of the agent renders. */
  readonly workloads: string;
  /** Where the agent reads its token. */
  readonly reads: readonly Place[];
}

/** A variable, or a file by its absolute path, in a container of a workload. */
export interface Place {
  readonly workload: string;
  readonly container: string;
  readonly subject: string;
}

/** The agents of the catalogue, by name, read from their files. */
export function readCatalogue(root: string): Agent[] {
  return Object.entries(readAgentFiles(root)).map(([name, text]) => parseAgentFile(name, text));
}

/** The files of the catalogue by name, as the program has them in it. */
export function agentFiles(root: string): string {
  return `${JSON.stringify(readAgentFiles(root), undefined, 2)}\n`;
}

function readAgentFiles(root: string): Record<string, string> {
  const folder = join(root, 'examples/agents');
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length));
  return Object.fromEntries(
    names.toSorted().map((name) => [name, readFileSync(join(folder, `${name}.yaml`), 'utf8')]),
  );
}

/** Adds to an agent with a policy what that is tried on. */
export function readTrial(root: string, agent: Agent): TriedAgent {
  const read = (file: string) => readFileSync(join(root, 'test/agents', agent.name, file), 'utf8');
  const reads = parse(read('reads.yaml')) as Record<string, Record<string, string[]>>;
  return {
    ...agent,
    workloads: read('workloads.yaml'),
    reads: Object.entries(reads).flatMap(([workload, containers]) =>
      Object.entries(containers).flatMap(([container, subjects]) =>
        subjects.map((subject) => ({ workload, container, subject })),
      ),
    ),
  };
}
