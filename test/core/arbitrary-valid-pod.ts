import fc from 'fast-check';
import type { Policy } from '../../src/core/policy/compile-policy.ts';

/** Annotations and specs of pods that Kubernetes accepts, near to what a policy looks for. */
export function arbitraryValidPod(
  policy: Policy,
): fc.Arbitrary<{ metadata: object; spec: object }> {
  const matching = policy.spec.match.containers.include.map((glob) =>
    glob.replaceAll('*', 'x').replace(/^-|-$/g, 'x'),
  );
  const names = fc.uniqueArray(fc.constantFrom('agent', 'setup', 'istio-proxy', ...matching), {
    minLength: 2,
    maxLength: 4,
  });
  const swapCase = (name: string) =>
    name === name.toLowerCase() ? name.toUpperCase() : name.toLowerCase();
  const envNames = policy.env.flatMap(({ name }) => [name, name, name, swapCase(name)]);
  const reference = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom(...policy.env.map(({ entry }) => entry.valueFrom.secretKeyRef)),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        name: fc.constantFrom('other', policy.spec.secret.name),
        key: fc.constantFrom('other', policy.env[0]!.entry.valueFrom.secretKeyRef.key),
        optional: fc.boolean(),
      }),
    },
  );
  const present = fc.constantFrom(...policy.env.map(({ entry }) => entry));
  const entry = fc.oneof(
    { weight: 6, arbitrary: present },
    {
      weight: 1,
      arbitrary: fc.record({
        name: fc.constantFrom('OTHER', ...envNames),
        value: fc.constantFrom('', 'literal'),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        name: fc.constantFrom(...envNames),
        valueFrom: fc.record({ secretKeyRef: reference }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        name: fc.constantFrom(...envNames),
        valueFrom: fc.constantFrom(
          { fieldRef: { fieldPath: 'metadata.name' } },
          { resourceFieldRef: { resource: 'limits.cpu' } },
          { configMapKeyRef: { name: 'other', key: 'other' } },
        ),
      }),
    },
  );
  const complete = fc.constant(policy.env.map(({ entry: wanted }) => wanted));
  const env = fc.oneof(
    { weight: 3, arbitrary: complete },
    { weight: 2, arbitrary: fc.array(entry, { maxLength: 8 }) },
  );
  const container = fc.record({
    image: fc.constant('registry.example/agent:1.0'),
    env,
    volumeMounts: mountsOf(policy),
  });
  const annotation = fc.constantFrom(
    'true',
    policy.name,
    `other,${policy.name}`,
    'other',
    'Illegible!',
    'false',
  );
  const addedRequirements = fc.constantFrom(matching[0]!, `agent, ${matching[0]}`, 'nothing', '-');
  return fc
    .record({
      annotations: fc.oneof(
        fc.constant({}),
        annotation.map((value) => ({ 'token-injector.dev/inject': value })),
        fc
          .tuple(fc.constantFrom('true', policy.name), addedRequirements)
          .map(([inject, containers]) => ({
            'token-injector.dev/inject': inject,
            'token-injector.dev/containers': containers,
          })),
      ),
      names,
      containers: fc.array(container, { minLength: 4, maxLength: 4 }),
      volumes: volumesOf(policy),
      windows: fc.boolean(),
    })
    .map(({ annotations, names: unique, containers, volumes: own, windows }) => {
      const all = unique.map((name, index) => ({ name, ...containers[index]! }));
      return {
        metadata: { annotations },
        spec: {
          containers: all.slice(0, -1),
          initContainers: all.slice(-1),
          volumes: [
            ...own,
            { name: 'other', emptyDir: {} },
            { name: 'settings', configMap: { name: 'other' } },
          ],
          ...(windows ? { os: { name: 'windows' } } : {}),
        },
      };
    });
}

/** Mounts at a policy's folders, in them, around them and beside them. */
function mountsOf({ files }: Policy): fc.Arbitrary<object[]> {
  const folders = files.map(({ mountPath, volume: { name } }) => {
    const around = mountPath.replace(/[^/]*$/, '');
    return fc.constantFrom<object[]>(
      [{ name, mountPath }],
      [{ name, mountPath }],
      [{ name: 'settings', mountPath: `${mountPath}/` }],
      [{ name: 'settings', mountPath }],
      [{ name: 'settings', mountPath }],
      [{ name: 'other', mountPath, readOnly: true }],
      [{ name: 'other', mountPath }],
      [{ name: 'settings', mountPath, subPath: 'file' }],
      [{ name: 'settings', mountPath, subPathExpr: '$(OTHER)' }],
      [
        { name: 'other', mountPath, readOnly: true },
        { name: 'settings', mountPath: `${mountPath}/` },
      ],
      [
        { name: 'other', mountPath },
        { name: 'settings', mountPath: `${mountPath}/` },
      ],
      [
        { name: 'settings', mountPath },
        { name: 'other', mountPath: `${mountPath}//in/it` },
      ],
      [{ name: 'other', mountPath: `${mountPath}//in/it` }],
      [{ name: 'other', mountPath: `${mountPath}-beside` }],
      [{ name: 'other', mountPath: `${mountPath}/${'a'.repeat(4_096)}` }],
      [{ name: 'other', mountPath: around }],
      [{ name: 'other', mountPath: around, readOnly: true }],
      [{ name: 'settings', mountPath: around }],
      [
        { name: 'settings', mountPath: around },
        { name, mountPath },
      ],
      [],
    );
  });
  // Kubernetes takes a path once.
  return fc
    .tuple(...folders)
    .map((mounts) => [
      ...new Map(
        mounts.flat().map((mount) => [(mount as { mountPath: string }).mountPath, mount]),
      ).values(),
    ]);
}

/** A policy's volumes, of which one may be another's, or of another form. */
function volumesOf({ files }: Policy): fc.Arbitrary<object[]> {
  return fc.tuple(
    ...files.map(({ volume }) => {
      const { secret } = volume;
      const { items: _, ...whole } = secret;
      const forms = [
        { ...secret, secretName: 'other' },
        { ...secret, optional: !secret.optional },
        { ...secret, defaultMode: 0o420 },
        { ...secret, items: [...(secret.items ?? []), { key: 'other', path: 'other' }] },
        { ...whole, items: [] },
        whole,
      ];
      const others = forms.map((other) => ({ name: volume.name, secret: other }));
      return fc.oneof(
        { weight: 3, arbitrary: fc.constant<object>(volume) },
        {
          weight: 1,
          arbitrary: fc.constantFrom<object>({ name: volume.name, emptyDir: {} }, ...others),
        },
      );
    }),
  );
}
