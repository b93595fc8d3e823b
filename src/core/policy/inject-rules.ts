import { celList, celString } from '../cel.ts';
import { isForbiddenEnvName, isForbiddenEnvNameCel } from './forbidden-env.ts';
import { inject } from './inject-schema.ts';
import { type Rule, fieldRule, listRule } from './rule.ts';
import type { TokenPolicySpec } from './schema.ts';

type Inject = TokenPolicySpec['inject'];
type Items = NonNullable<Inject['files'][number]['items']>;

// A part of a path that is "." or "..".
const dotsPattern = '(^|/)[.][.]?(/|$)';
const dots = new RegExp(dotsPattern);
const hasDotsCel = `self.matches(${celString(dotsPattern)})`;

// A read-only volume there would leave no place for /etc/hosts or /dev/termination-log.
const takenFolders = ['/dev', '/etc'];
const takenPaths = [
  '/etc/hostname',
  '/etc/hosts',
  '/etc/resolv.conf',
  '/proc',
  '/sys',
  // The account as which a pod asks the API server: /var/run most often is a link to /run.
  '/run/secrets/kubernetes.io',
  '/var/run/secrets/kubernetes.io',
];

const mountPathPattern = new RegExp(inject.properties.files.items.properties.mountPath.pattern);

/** Whether a policy may mount a folder at a path. */
export function isMountPath(path: string): boolean {
  return mountPathPattern.test(path) && !dots.test(path) && !isTaken(path);
}

/** What `inject` can get wrong beyond its schema. */
export const injectRules: readonly Rule[] = [
  fieldRule<Inject>({
    at: 'spec.inject',
    message: 'must have at least one entry in env or files',
    holds: ({ env, files }) => env.length + files.length > 0,
    cel: 'self.env.size() + self.files.size() > 0',
  }),
  fieldRule<string>({
    at: 'spec.inject.env[].name',
    message: 'must not be a variable that loads code or changes how programs start',
    holds: (name) => !isForbiddenEnvName(name),
    cel: `!(${isForbiddenEnvNameCel('self')})`,
  }),
  listRule<Inject['env']>({
    at: 'spec.inject.env',
    subject: 'a name',
    message: 'is there twice (case does not count)',
    broken: (env) =>
      repeated(
        env.map(({ name }) => name.toLowerCase()),
        '.name',
      ),
    cel: 'self.all(one, self.exists_one(other, other.name.lowerAscii() == one.name.lowerAscii()))',
  }),
  fieldRule<string>({
    at: 'spec.inject.files[].mountPath',
    message: 'must not have "." or ".." as a part',
    holds: (path) => !dots.test(path),
    cel: `!${hasDotsCel}`,
  }),
  fieldRule<string>({
    at: 'spec.inject.files[].mountPath',
    message: `must not be where the kubelet or the container runtime mounts something itself: ${[...takenFolders, ...takenPaths].join(', ')}`,
    holds: (path) => !isTaken(path),
    cel: `!(self in ${celList(takenFolders)}) && !${celList(takenPaths)}.exists(taken, (self + '/').startsWith(taken + '/'))`,
  }),
  listRule<Inject['files']>({
    at: 'spec.inject.files',
    subject: 'a mountPath',
    message: 'is that of another folder, or within it',
    broken: (files) =>
      files.flatMap(({ mountPath }, index) =>
        files.some((other, at) => at !== index && `${mountPath}/`.startsWith(`${other.mountPath}/`))
          ? [`[${index}].mountPath`]
          : [],
      ),
    cel: "self.all(one, self.exists_one(other, (one.mountPath + '/').startsWith(other.mountPath + '/')))",
  }),
  fieldRule<string>({
    at: 'spec.inject.files[].items[].path',
    message: 'must not start with ".." or have "." or ".." as a part',
    holds: (path) => !path.startsWith('..') && !dots.test(path),
    cel: `!self.startsWith('..') && !${hasDotsCel}`,
  }),
  listRule<Items>({
    at: 'spec.inject.files[].items',
    subject: 'a path',
    message: 'is there twice',
    broken: (items) =>
      repeated(
        items.map(({ path }) => path),
        '.path',
      ),
    cel: 'self.all(one, self.exists_one(other, other.path == one.path))',
  }),
  listRule<Items>({
    at: 'spec.inject.files[].items',
    subject: 'a path',
    message: 'is a file and also the folder of another item',
    broken: (items) =>
      items.flatMap(({ path }, index) =>
        items.some((other) => other.path.startsWith(`${path}/`)) ? [`[${index}].path`] : [],
      ),
    cel: "self.all(one, !self.exists(other, other.path.startsWith(one.path + '/')))",
  }),
];

function isTaken(path: string): boolean {
  return (
    takenFolders.includes(path) || takenPaths.some((taken) => `${path}/`.startsWith(`${taken}/`))
  );
}

/** The paths of the values that an earlier item has too. */
function repeated(values: readonly string[], field: string): string[] {
  return values.flatMap((value, index) =>
    values.indexOf(value) < index ? [`[${index}]${field}`] : [],
  );
}
