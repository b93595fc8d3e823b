import fc from 'fast-check';
import type { Policy } from '../../src/core/policy/compile-policy.ts';

const anything = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<unknown>;
const mostly = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 9, arbitrary }, { weight: 1, arbitrary: anything });

/** Names of containers that a policy selects; some that it may not, where it selects none that comes to mind. */
export function selectedNames({ spec, selectsContainer }: Policy): [string, ...string[]] {
  const { include } = spec.match.containers;
  const names = ['agent', 'setup', ...include.map((glob) => glob.replaceAll('*', 'x'))];
  const [first = 'agent', ...others] = names.filter(selectsContainer);
  return [first, ...others];
}

/** Pods that a policy selects more often than not, near to what it looks for, with odd shapes in between. */
export function arbitraryPod(policy: Policy): fc.Arbitrary<unknown> {
  const names = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...selectedNames(policy)) },
    { weight: 1, arbitrary: fc.constantFrom('agent', 'setup', 'istio-proxy') },
  );
  const envName = fc.constantFrom(
    'OTHER',
    ...policy.env.map(({ name }) => name),
    ...policy.env.map(({ name }) => name.toLowerCase()),
  );
  const keys = fc.constantFrom(
    'other',
    ...policy.env.map(({ entry }) => entry.valueFrom.secretKeyRef.key),
  );
  const entry = fc.oneof(
    fc.record({ name: envName, value: fc.string() }),
    fc.record({ name: envName }),
    fc.record({
      name: envName,
      valueFrom: fc.record({
        secretKeyRef: fc.record({
          name: fc.constantFrom('other', policy.spec.secret.name),
          key: keys,
          optional: fc.boolean(),
        }),
      }),
    }),
    fc.record({
      name: envName,
      valueFrom: fc.record({ fieldRef: fc.record({ fieldPath: fc.constant('metadata.name') }) }),
    }),
  );
  const folders = ['/etc/files', ...policy.files.map(({ mountPath }) => mountPath)];
  const paths = fc.constantFrom(
    '/other',
    ...folders.flatMap((folder) => [folder, `${folder}/`, `${folder}/in/it`]),
    '/',
  );
  const volume = fc.constantFrom(
    'other',
    `token-injector-${policy.name}`,
    ...policy.files.map((folder) => folder.volume.name),
  );
  const container = fc.record(
    {
      name: mostly(names),
      image: fc.constant('registry.example/agent:1.0'),
      env: mostly(fc.array(mostly(entry), { maxLength: 6 })),
      volumeMounts: mostly(
        fc.array(
          fc.record(
            {
              name: volume,
              mountPath: mostly(paths),
              readOnly: mostly(fc.boolean()),
              subPath: mostly(fc.constantFrom('', 'file')),
            },
            { requiredKeys: ['name', 'mountPath'] },
          ),
          { maxLength: 3 },
        ),
      ),
      volumeDevices: mostly(
        fc.array(fc.record({ name: volume, devicePath: paths }), { maxLength: 1 }),
      ),
    },
    { requiredKeys: ['name'] },
  );
  const containers = mostly(fc.array(mostly(container), { maxLength: 4 }));
  const volumes = fc.array(
    fc.oneof(
      fc.record({ name: volume, emptyDir: fc.constant({}) }),
      fc.record({ name: volume, configMap: anything }),
      fc.constantFrom({}, ...policy.files.map((folder) => folder.volume)),
    ),
    { maxLength: 2 },
  );
  return fc.record(
    {
      metadata: fc.record(
        {
          labels: mostly(fc.constant({ ...policy.spec.match.podSelector.matchLabels })),
          annotations: mostly(
            fc.dictionary(
              fc.constantFrom(
                'token-injector.dev/inject',
                'token-injector.dev/containers',
                'other',
              ),
              mostly(
                fc.constantFrom(
                  'true',
                  'false',
                  policy.name,
                  'agent,setup',
                  `other, ${policy.name}`,
                ),
              ),
            ),
          ),
          futureMeta: anything,
        },
        { requiredKeys: [] },
      ),
      spec: fc.record(
        {
          serviceAccountName: mostly(
            fc.constant(policy.spec.match.serviceAccountNames[0] ?? 'default'),
          ),
          initContainers: containers,
          containers,
          volumes: mostly(volumes),
          os: mostly(fc.record({ name: fc.constantFrom('linux', 'windows') })),
          future: anything,
        },
        { requiredKeys: ['containers', 'serviceAccountName'] },
      ),
    },
    { requiredKeys: ['spec'] },
  );
}
