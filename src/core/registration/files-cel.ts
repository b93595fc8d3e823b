import { celString } from '../cel.ts';
import { volumePrefix } from '../identity.ts';
import { folderPath, folderPathCel, maxPathLength } from '../injection/mount-path.ts';
import { isReadOnlyVolumeCel } from '../injection/read-only-volume.ts';
import type { SecretVolume, WantedFiles } from '../policy/compile-policy.ts';

/** A named CEL expression of a ValidatingAdmissionPolicy, later ones may use earlier ones. */
export interface Variable {
  readonly name: string;
  readonly expression: string;
}

/** What `holdsFiles` has to know of a pod's volumes: the names of those that are occupied, and of the read-only ones. */
export function volumeVariables(files: readonly WantedFiles[]): Variable[] {
  const occupied = files.map(
    ({ volume }) => `v.name == ${celString(volume.name)} && !(${isWantedVolume(volume.secret)})`,
  );
  return [
    { name: 'occupiedVolumes', expression: namesOfVolumes(occupied.join(' || ')) },
    { name: 'readOnlyVolumes', expression: namesOfVolumes(isReadOnlyVolumeCel('v')) },
  ];
}

function namesOfVolumes(condition: string): string {
  return `has(object.spec.volumes) ? object.spec.volumes.filter(v, ${condition}).map(v, v.name) : []`;
}

function isWantedVolume({ secretName, items = [], defaultMode, optional }: SecretVolume): string {
  const wantsItems = [
    'has(v.secret.items)',
    `v.secret.items.size() == ${items.length}`,
    ...items.map(
      ({ key, path }, index) =>
        `v.secret.items[${index}].key == ${celString(key)} && v.secret.items[${index}].path == ${celString(path)}`,
    ),
  ].join(' && ');
  const isOptional = 'has(v.secret.optional) && v.secret.optional';
  return [
    `has(v.secret) && has(v.secret.secretName) && v.secret.secretName == ${celString(secretName)}`,
    items.length > 0 ? wantsItems : '(!has(v.secret.items) || v.secret.items.size() == 0)',
    optional ? isOptional : `!(${isOptional})`,
    ...(defaultMode === undefined
      ? []
      : [`has(v.secret.defaultMode) && v.secret.defaultMode == ${defaultMode}`]),
  ].join(' && ');
}

/**
 * Whether a container `c` stays as it is, as `injectFiles` sees it: each folder is mounted in it, or something else is in
 * its place. The paths of the container are taken apart once, since a large pod would else cost more than the API server
 * allows an expression. A list of one is how CEL names an intermediate result.
 */
export function holdsFiles(files: readonly WantedFiles[]): string {
  const holds = files.map((folder) => `(${holdsFolder(folder)})`).join(' && ');
  const all = `${mountPaths('true')} + ${otherPaths}`;
  const readOnly = `${mountPaths(isReadOnly)} + ${otherPaths}`;
  const replaceable = files.some(canReplace) ? mountPaths(isReplaceable) : '[]';
  return `[${all}].all(paths, [${readOnly}].all(readOnlyPaths, [${replaceable}].all(replaceablePaths, ${holds})))`;
}

const isReadOnly = 'has(m.readOnly) && m.readOnly || m.name in variables.readOnlyVolumes';
// A mount that can show another volume.
const isReplaceable = [
  `(${isReadOnly})`,
  `!m.name.startsWith(${celString(volumePrefix)})`,
  "(!has(m.subPath) || m.subPath == '')",
  "(!has(m.subPathExpr) || m.subPathExpr == '')",
].join(' && ');

function mountPaths(condition: string): string {
  return `(has(c.volumeMounts) ? ${pathsOf('c.volumeMounts', 'm', 'mountPath', condition)} : [])`;
}

const otherPaths = [
  `(has(c.volumeDevices) ? ${pathsOf('c.volumeDevices', 'd', 'devicePath', 'true')} : [])`,
  `(has(c.terminationMessagePath) ? [c.terminationMessagePath].filter(t, t != '' && t.size() <= ${maxPathLength}).map(t, ${folderPathCel('t')}) : [])`,
].join(' + ');

function pathsOf(list: string, item: string, field: string, condition: string): string {
  const path = `${item}.${field}`;
  return `${list}.filter(${item}, ${path}.size() <= ${maxPathLength} && (${condition})).map(${item}, ${folderPathCel(path)})`;
}

function canReplace({ whenPresent }: WantedFiles): boolean {
  return whenPresent === 'Replace';
}

function holdsFolder(files: WantedFiles): string {
  const { mountPath, volume } = files;
  const folder = celString(folderPath(mountPath));
  const around = `readOnlyPaths.exists(p, p != ${folder} && ${folder}.startsWith(p))`;
  // Mostly nothing is mounted there, which is told at the least cost.
  const count = (paths: string) => `${paths}.filter(p, p == ${folder}).size()`;
  const isFixed = `${folder} in paths && (!(${folder} in replaceablePaths) || ${count('paths')} > ${count('replaceablePaths')})`;
  const there = canReplace(files)
    ? `${isFixed} || paths.exists(p, p != ${folder} && p.startsWith(${folder}))`
    : `paths.exists(p, p.startsWith(${folder}))`;
  return `${celString(volume.name)} in variables.occupiedVolumes || ${there} || ${around}`;
}
