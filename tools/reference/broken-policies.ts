import { parsePolicy } from '../../src/core/policy/parse-policy.ts';
import { examplePolicy } from './example-policy.ts';

const { spec } = examplePolicy;
const { secret } = spec;
const [env] = spec.inject.env;
const [folder] = spec.inject.files;
const [file] = folder.items;
const withSpec = (part: object): object => ({ ...examplePolicy, spec: { ...spec, ...part } });
const withSecret = (part: object): object => withSpec({ secret: { name: secret.name, ...part } });
const withEnv = (...entries: object[]): object => withSpec({ inject: { env: entries } });
const withFiles = (mountPath: string, ...items: object[]): object =>
  withSpec({ inject: { files: [{ mountPath, items }] } });
const withPodSelector = (podSelector: object): object =>
  withSpec({ match: { ...spec.match, podSelector } });
const withExpression = (expression: object): object =>
  withPodSelector({ matchExpressions: [{ key: 'app', ...expression }] });

/** Policies whose every field is of the right form and which are refused all the same. */
export const brokenPolicies: readonly object[] = [
  { ...examplePolicy, metadata: { name: 'true' } },
  withSpec({ match: { ...spec.match, namespaces: ['kube-system'] } }),
  withPodSelector({ matchLabels: { '-app': 'agent' } }),
  withExpression({ key: '-app', operator: 'Exists' }),
  withExpression({ operator: 'In' }),
  withExpression({ operator: 'NotIn' }),
  withExpression({ operator: 'Exists', values: ['agent'] }),
  withExpression({ operator: 'DoesNotExist', values: ['agent'] }),
  withSecret({ source: { name: 'agent' } }),
  withSecret({ source: secret.source, template: {} }),
  withSecret({ source: secret.source, template: { '../agent': '' } }),
  withSecret({ template: secret.template }),
  withSecret({ everyNamespace: true }),
  withSpec({
    match: { ...spec.match, namespaces: [] },
    secret: { ...secret, everyNamespace: false },
  }),
  withEnv({ ...env, secretName: secret.name, key: 'agent.json' }),
  withFiles('/etc/agent', { ...file, key: 'agent.json' }),
  withSpec({ inject: {} }),
  withEnv({ ...env, name: 'LD_PRELOAD' }),
  withEnv(env, { ...env, name: env.name.toLowerCase() }),
  withFiles('/etc/../agent', file),
  withFiles('/proc/agent', file),
  withSpec({ inject: { files: [folder, { ...folder, mountPath: `${folder.mountPath}/more` }] } }),
  withFiles('/etc/agent', { ...file, path: '../token' }),
  withFiles('/etc/agent', file, file),
  withFiles('/etc/agent', { ...file, path: 'token' }, { ...file, path: 'token/old' }),
  withSpec({ match: {} }),
];

/** A rule that looks at more than the form of one field, in the words of the parser. */
export interface FurtherRule {
  readonly path: string;
  readonly message: string;
}

/** What the parser says to policies that break a rule beyond the form of a field. */
export function furtherRules(): FurtherRule[] {
  return brokenPolicies.flatMap((policy) => {
    const parsed = parsePolicy(policy);
    if (parsed.ok) throw new Error('A policy that shows a rule breaks none.');
    return parsed.problems.map(({ path, message }) => ({
      path: path.replaceAll(/\[\d+\]/g, '[]').replaceAll(/\["[^"]*"\]/g, '.<key>'),
      message,
    }));
  });
}
