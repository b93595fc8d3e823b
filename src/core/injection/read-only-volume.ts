import { type Json, isObject } from '../json.ts';

// The kubelet and the runtime mount these read-only, whatever the pod says.
const alwaysReadOnly = ['configMap', 'downwardAPI', 'image', 'projected', 'secret'];
// Those whose `readOnly` says it for every mount. It may also stand in a PersistentVolume, which nobody sees here.
const mayBeReadOnly = [
  'awsElasticBlockStore',
  'azureDisk',
  'azureFile',
  'cephfs',
  'cinder',
  'csi',
  'fc',
  'flexVolume',
  'gcePersistentDisk',
  'glusterfs',
  'iscsi',
  'nfs',
  'persistentVolumeClaim',
  'portworxVolume',
  'quobyte',
  'rbd',
  'scaleIO',
  'storageos',
];

/** Whether nothing can be made in a volume, not even the folder that another mount needs. */
export function isReadOnlyVolume(volume: Json): boolean {
  return (
    alwaysReadOnly.some((source) => isObject(volume[source])) ||
    mayBeReadOnly.some((source) => {
      const definition = volume[source];
      return isObject(definition) && definition['readOnly'] === true;
    })
  );
}

/** The same question as CEL, about a volume that an expression gives. */
export function isReadOnlyVolumeCel(volume: string): string {
  return [
    ...alwaysReadOnly.map((source) => `has(${volume}.${source})`),
    ...mayBeReadOnly.map(
      (source) =>
        `has(${volume}.${source}) && has(${volume}.${source}.readOnly) && ${volume}.${source}.readOnly`,
    ),
  ].join(' || ');
}
