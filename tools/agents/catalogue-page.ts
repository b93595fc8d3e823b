import { isDeepStrictEqual } from 'node:util';
import { code, generatedFrom, page, table } from '../reference/markdown.ts';
import type { Agent } from '../../src/catalogue/agent-file.ts';
import { type Place, readCatalogue, readTrial } from './catalogue.ts';
import { tryPolicy } from './trial.ts';

/** The page of the catalogue: each agent, what its policy does to it, and where it then reads its token. */
export function cataloguePage(root: string): string {
  return page([
    generatedFrom('the files here and in test/agents'),
    '# Agents',
    [
      'A TokenPolicy for each of these agents.',
      'The comment of its file says what the agent reads, what its chart renders already and in which version, which value to set, whether the pods then need no policy, and how to make the Secret.',
    ].join('\n'),
    [
      'A test tries each policy on pods of the form that the chart renders.',
      'The third column is the [reason](../../docs/reference/reasons.md) of the decision.',
    ].join('\n'),
    table(
      ['Agent', 'Policy', 'Decision', 'Reads its token'],
      readCatalogue(root).map((agent) => [
        agent.title,
        `[${code(agent.name)}](${agent.name}.yaml)`,
        ...(agent.policy ? outcome(root, agent) : ['no policy', agent.summary]),
      ]),
    ),
  ]);
}

function outcome(root: string, agent: Agent): [string, string] {
  const trial = readTrial(root, agent);
  const { reads } = trial;
  const { reasons, holding } = tryPolicy(trial);
  const unread = reads.filter((place) => !holding.some((held) => isDeepStrictEqual(held, place)));
  return [
    reasons.map(code).join(', '),
    unread.length === 0 ? `yes, ${listPlaces(reads)}` : `no, not ${listPlaces(unread)}`,
  ];
}

function listPlaces(places: readonly Place[]): string {
  return [...Map.groupBy(places, ({ subject }) => subject)]
    .map(([subject, at]) => {
      const containers = new Set(at.map(({ container }) => code(container)));
      return `${code(subject)} in ${[...containers].join(', ')}`;
    })
    .join('; ');
}
