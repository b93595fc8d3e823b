import { type Resource, resources } from './client/resources.ts';

/** The short names that kubectl has for the kinds, which people type. */
const kinds: readonly { readonly resource: Resource; readonly short: readonly string[] }[] = [
  { resource: resources.pods, short: ['po'] },
  { resource: resources.deployments, short: ['deploy'] },
  { resource: resources.replicaSets, short: ['rs'] },
  { resource: resources.statefulSets, short: ['sts'] },
  { resource: resources.daemonSets, short: ['ds'] },
  { resource: resources.jobs, short: [] },
  { resource: resources.cronJobs, short: ['cj'] },
  { resource: resources.replicationControllers, short: ['rc'] },
  { resource: resources.rollouts, short: ['ro'] },
];

/** The kinds of pods and of what makes pods, as people type them: `pod`, `deployment`. */
export const workloadKinds: readonly string[] = kinds.map(({ resource }) =>
  resource.kind.toLowerCase(),
);

/**
 * Finds a kind by any name that kubectl takes, in any case: `deployment`, `deployments`, `deploy`,
 * `deployments.apps`, `deployments.v1.apps`.
 */
export function findWorkloadKind(text: string): Resource | undefined {
  const wanted = text.toLowerCase();
  return kinds.find(({ resource, short }) => {
    const { kind, plural, apiVersion } = resource;
    const [version = '', group = ''] = apiVersion.split('/').toReversed();
    const groups = group === '' ? [''] : ['', `.${group}`, `.${version}.${group}`];
    return [kind.toLowerCase(), plural, ...short].some((name) =>
      groups.some((suffix) => wanted === name + suffix),
    );
  })?.resource;
}
