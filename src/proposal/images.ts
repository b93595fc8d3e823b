import type { Agent } from '../catalogue/agent-file.ts';
import type { Workload } from './workloads.ts';

/** Whether a container of a workload runs an image of an agent, from whatever registry. */
export function runsImage(agent: Agent, workload: Workload): boolean {
  return containersWithImage(agent, workload).length > 0;
}

/** The names of the containers that run an image of an agent. */
export function containersWithImage({ notes }: Agent, { containers }: Workload): string[] {
  const repositories = notes.Images?.split(/,\s+/) ?? [];
  return containers
    .filter(({ image }) =>
      repositories.some((end) => `/${repositoryOf(image)}`.endsWith(`/${end}`)),
    )
    .map(({ name }) => name);
}

// Without the tag and the digest; a colon before a slash belongs to the port of the registry.
function repositoryOf(image: string): string {
  return image.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
}
