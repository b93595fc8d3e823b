import type { KubeObject } from '../api.ts';

/** A port of the Service that needs no rights on this machine. */
export const servicePort = 8443;

/** The objects of a rendering with the Service at that port, and a guard that has the controller register it. */
export function atServicePort(objects: readonly KubeObject[]): KubeObject[] {
  return objects.map((object) => {
    if (object.kind === 'Service') return replaceIn(object, '"port":443', `"port":${servicePort}`);
    if (object.kind === 'ValidatingAdmissionPolicy' && object.metadata.name?.endsWith('.webhooks'))
      return replaceIn(object, 'service.port == 443', `service.port == ${servicePort}`);
    return object;
  });
}

function replaceIn(object: KubeObject, text: string, replacement: string): KubeObject {
  const json = JSON.stringify(object);
  const found = json.split(text).length - 1;
  if (found !== 1) throw new Error(`${text} is ${found} times in ${json}`);
  return JSON.parse(json.replace(text, replacement)) as KubeObject;
}
