import { celString } from '../cel.ts';
import { blocksMountCel } from '../injection/overlapping-mounts.ts';
import { isReadOnlyVolumeCel } from '../injection/read-only-volume.ts';
import type { WantedFiles } from '../policy/compile-policy.ts';

/** A named CEL expression of a ValidatingAdmissionPolicy, later ones may use earlier ones. */
export interface Variable {
  readonly name: string;
  readonly expression: string;
}

/** What `holdsFiles` has to know of a pod's volumes. */
export function volumeVariables(files: WantedFiles): Variable[] {
  return [
    { name: 'otherVolume', expression: otherVolume(files) },
    {
      name: 'readOnlyVolumes',
      expression: `has(object.spec.volumes) ? object.spec.volumes.filter(v, ${isReadOnlyVolumeCel('v')}).map(v, v.name) : []`,
    },
  ];
}

/** Whether a container `c` stays as it is, as `injectFiles` sees it: it has the mount, or something else in its place. */
export function holdsFiles({ mountPath }: WantedFiles): string {
  return `(variables.otherVolume || ${blocksMountCel('c', mountPath, 'variables.readOnlyVolumes')})`;
}

function otherVolume({ volume }: WantedFiles): string {
  const items = volume.secret.items
    .map(
      ({ key, path }, index) =>
        `v.secret.items[${index}].key == ${celString(key)} && v.secret.items[${index}].path == ${celString(path)}`,
    )
    .join(' && ');
  const wanted =
    `has(v.secret) && has(v.secret.secretName) && v.secret.secretName == ${celString(volume.secret.secretName)}` +
    ` && has(v.secret.items) && v.secret.items.size() == ${volume.secret.items.length} && ${items}`;
  return `has(object.spec.volumes) && object.spec.volumes.exists(v, v.name == ${celString(volume.name)} && !(${wanted}))`;
}
