type Fields = { [key: string]: Fields };

/** What tells the items of a list of a pod apart; the lists that are not here have one owner as a whole. */
const listKeys: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  env: ['name'],
  ownerReferences: ['uid'],
  ports: ['containerPort', 'protocol'],
  volumeMounts: ['mountPath'],
  volumes: ['name'],
};

/** The fields of a pod in the form that the API server gives to what one manager has written. */
export function managedFields({ metadata, spec }: { metadata: object; spec: object }): object {
  const of = (object: object) => fieldsOf(object, '');
  return {
    manager: 'kube-controller-manager',
    operation: 'Update',
    apiVersion: 'v1',
    time: '2026-11-24T09:00:00Z',
    fieldsType: 'FieldsV1',
    fieldsV1: { 'f:metadata': of(metadata), 'f:spec': of(spec) },
  };
}

function fieldsOf(value: unknown, name: string): Fields {
  if (Array.isArray(value)) return name in listKeys ? itemsOf(value, listKeys[name]!) : {};
  if (typeof value !== 'object' || value === null) return {};
  const fields = Object.entries(value).map(([key, field]) => [`f:${key}`, fieldsOf(field, key)]);
  return { '.': {}, ...Object.fromEntries(fields) };
}

function itemsOf(items: readonly Record<string, unknown>[], keys: readonly string[]): Fields {
  const item = (one: Record<string, unknown>) => {
    const key = Object.fromEntries(keys.map((name) => [name, one[name]]));
    return [`k:${JSON.stringify(key)}`, fieldsOf(one, '')];
  };
  return { '.': {}, ...Object.fromEntries(items.map(item)) };
}
