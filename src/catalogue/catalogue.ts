import { type Agent, parseAgentFile } from './agent-file.ts';
import agentFiles from './agent-files.json' with { type: 'json' };

/** An agent of the catalogue, with its file as it is written. */
export interface CatalogueAgent extends Agent {
  readonly text: string;
}

/** The agents of the catalogue, by name. */
export function catalogueAgents(): CatalogueAgent[] {
  return Object.entries(agentFiles.agents).map(([name, text]) => ({
    ...parseAgentFile(name, text),
    text,
  }));
}
